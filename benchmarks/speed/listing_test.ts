import assert from "node:assert/strict";
import { listFolder } from "../../core/data/readers/imagefolder/folder_listing.ts";
import { measureListing, syntheticFolders } from "./listing.ts";

Deno.test("syntheticFolders are what an image folder is", async () => {
  const { classNames, samples, splits } = await listFolder("/synthetic", syntheticFolders(3000));
  assert.equal(classNames.length, 1000);
  assert.deepEqual(splits.map(({ name, role }) => [name, role]), [["train", "train"], [
    "val",
    "test",
  ]]);
  assert.equal(samples.get("train")!.length, 3000);
  assert.equal(samples.get("val")!.length, 50_000);
  assert.equal(new Set(samples.get("val")!.ids()).size, 50_000);
});

Deno.test("measureListing lists every image, and says what it took", async () => {
  const { images, seconds, peakBefore, peakAfter } = await measureListing(3000);
  assert.equal(images, 3000);
  assert.ok(seconds > 0 && peakAfter >= peakBefore);
});

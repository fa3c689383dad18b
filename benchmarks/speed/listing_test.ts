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

Deno.test("listing takes less than 200 bytes for each image", async () => {
  const { images, peakBefore, peakAfter } = await measureListing(200_000);
  assert.equal(images, 200_000);
  // Beside 40 MB for the program itself.
  assert.ok(peakAfter - peakBefore < 4e7 + 200 * 250_000, `${peakAfter - peakBefore} bytes`);
});

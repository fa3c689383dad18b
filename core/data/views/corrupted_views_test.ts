import assert from "node:assert/strict";
import type { Corruption } from "../augmentation/corruptions/corrupt_image.ts";
import { fillBatch } from "../batches.ts";
import { SampleList } from "../sample_list.ts";
import { corruptViews } from "./corrupted_views.ts";
import { readViews, type ViewSet } from "./view_set.ts";

const imageSize = 16, viewBytes = 3 * imageSize ** 2;
const views: ViewSet = {
  samples: SampleList.from([{ id: "a", label: 0 }, { id: "b", label: 1 }]),
  viewsPerSample: 2,
  imageSize,
  pixels: new Uint8Array(4 * viewBytes).fill(100),
  hash: "clean",
  skipped: [],
};
const noise: Corruption = { name: "gaussian-noise", severity: 2, strengths: "imagenet-c" };

function read(set: ViewSet, indices: readonly number[]): Uint8Array {
  const output = new Uint8Array(indices.length * viewBytes);
  readViews(set, indices, output);
  return output;
}

Deno.test("corruptViews() gives every view noise of its own, the same in any order of reading", () => {
  const corrupted = corruptViews(views, noise, 0);
  const all = read(corrupted, [0, 1, 2, 3]);
  assert.deepEqual(read(corrupted, [3]), all.subarray(3 * viewBytes));
  const parts = new Set([0, 1, 2, 3].map((view) => read(corrupted, [view]).join()));
  assert.equal(parts.size, 4);
  assert.deepEqual(read(views, [0, 1, 2, 3]), new Uint8Array(4 * viewBytes).fill(100));
  const batch = new Uint8Array(2 * viewBytes);
  fillBatch(corrupted, [2, 1], batch, "nchw");
  assert.equal(batch[1], all[2 * viewBytes + 3]);
});

Deno.test("corruptViews() has a key of views, corruption, severity, constants and seed", () => {
  const sets = [
    corruptViews(views, noise, 0),
    corruptViews(views, noise, 1),
    corruptViews(views, { ...noise, severity: 3 }, 0),
    corruptViews(views, { ...noise, name: "contrast" }, 0),
    corruptViews(views, { ...noise, strengths: "cifar-c" }, 0),
    corruptViews({ ...views, hash: "others" }, noise, 0),
  ];
  assert.equal(new Set(sets.map(({ hash }) => hash)).size, sets.length);
  assert.equal(corruptViews(views, { ...noise }, 0).hash, sets[0]!.hash);
  assert.notDeepEqual(read(sets[0]!, [0]), read(sets[1]!, [0]));
});

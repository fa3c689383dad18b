import assert from "node:assert/strict";
import { compareSet, parseSets } from "./testdata/reference_set.ts";

const text = await Deno.readTextFile(
  new URL("testdata/evaluation_reference.jsonl", import.meta.url),
);

Deno.test("evidence gives every number of pycocotools, lvis and tidecv on random sets", () => {
  const sets = parseSets(text);
  const comparisons = sets.map(compareSet);
  assert.deepEqual(comparisons.flatMap(({ differences }) => differences), []);
  const numbers = comparisons.reduce((sum, comparison) => sum + comparison.numbers, 0);
  assert.ok(sets.length >= 20 && numbers > 2000, `${sets.length} sets, ${numbers} numbers`);
  // What makes the comparison worth something is in the sets.
  const images = sets.flatMap((set) => set.images);
  assert.ok(images.some(({ truth, detections }) => truth.length === 0 && detections.length > 0));
  assert.ok(images.some(({ truth, detections }) => truth.length > 0 && detections.length === 0));
  assert.ok(images.some(({ truth }) => truth.some(({ crowd }) => crowd === 1)));
  assert.ok(sets.some(({ expected }) => expected.mask !== undefined));
});

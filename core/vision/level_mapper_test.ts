import assert from "node:assert/strict";
import { assignLevels } from "./level_mapper.ts";
import fixture from "./testdata/box_primitives.json" with { type: "json" };
import { floats, integers } from "./testdata/numbers.ts";

Deno.test("assignLevels agrees with torchvision's LevelMapper", () => {
  const boxes = floats(fixture.levels.boxes);
  assert.deepEqual([...assignLevels(boxes, { finest: 2, coarsest: 5 })], [
    ...integers(fixture.levels.levels),
  ]);
  assert.deepEqual([...assignLevels(boxes, { finest: 3, coarsest: 5 })], [
    ...integers(fixture.levels.coarser),
  ]);
});

Deno.test("assignLevels puts empty and inside-out boxes on the finest level", () => {
  const boxes = Float32Array.of(5, 5, 5, 5, 9, 9, 5, 12, NaN, 0, 1, 1);
  assert.deepEqual([...assignLevels(boxes, { finest: 2, coarsest: 5 })], [0, 0, 0]);
});

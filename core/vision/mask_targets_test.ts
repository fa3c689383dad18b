import assert from "node:assert/strict";
import { projectMasks } from "./mask_targets.ts";
import { decodeMask } from "./run_length.ts";
import { fromRunLengthString } from "./run_length_string.ts";
import fixture from "./testdata/masks.json" with { type: "json" };
import { floats } from "./testdata/numbers.ts";

Deno.test("projectMasks agrees with torchvision, borders included", () => {
  for (const { height, width, side, objects, masks, ...texts } of fixture.targets) {
    const asked: number[] = [];
    const maskOf = (object: number) => {
      asked.push(object);
      return decodeMask(fromRunLengthString(masks[object]!, height, width));
    };
    const size = { height, width };
    const targets = projectMasks(maskOf, size, floats(texts.boxes), objects, side);
    const expected = floats(texts.targets);
    assert.equal(targets.length, expected.length);
    for (const [index, value] of expected.entries()) {
      assert.ok(Math.abs(targets[index]! - value) < 1e-5, `${index}: ${targets[index]} ${value}`);
    }
    assert.deepEqual(asked, [...new Set(objects)].sort());
  }
});

Deno.test("projectMasks of no boxes asks for nothing; masks of another size are refused", () => {
  const size = { height: 4, width: 5 };
  const none = () => assert.fail();
  assert.equal(projectMasks(none, size, new Float32Array(0), []).length, 0);
  const box = Float32Array.of(0, 0, 5, 4);
  assert.deepEqual(
    [...projectMasks(() => new Uint8Array(20).fill(1), size, box, [7], 2)],
    [1, 1, 1, 1],
  );
  assert.throws(() => projectMasks(() => new Uint8Array(3), size, box, [7]), /4 × 5 bytes of.*7/);
  assert.throws(() => projectMasks(none, size, box, []), /expected 1 objects, got 0/);
});

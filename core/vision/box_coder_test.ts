import assert from "node:assert/strict";
import { BoxCoder, type CoderWeights } from "./box_coder.ts";
import fixture from "./testdata/box_primitives.json" with { type: "json" };
import { floats } from "./testdata/numbers.ts";

function assertClose(actual: Float32Array, expected: Float32Array, tolerance: number) {
  assert.equal(actual.length, expected.length);
  for (const [index, value] of expected.entries()) {
    const scale = Math.max(1, Math.abs(value));
    assert.ok(Math.abs(actual[index]! - value) <= tolerance * scale, `${actual[index]} ${value}`);
  }
}

Deno.test("BoxCoder agrees with torchvision's, beyond the clamp too", () => {
  for (const { weights, boxes, targets, deltas, encoded, decoded } of fixture.coder) {
    const coder = new BoxCoder(weights as unknown as CoderWeights);
    const from = floats(boxes);
    assertClose(coder.encode(floats(targets), from), floats(encoded), 1e-6);
    assertClose(coder.decode(floats(deltas), from), floats(decoded), 1e-6);
  }
});

Deno.test("BoxCoder decodes what it encodes", () => {
  const coder = new BoxCoder([10, 10, 5, 5]);
  const boxes = Float32Array.of(3, 4, 13, 10, 0, 0, 5, 40);
  const targets = Float32Array.of(4, 4, 30, 11, 2, 2, 4, 9);
  assertClose(coder.decode(coder.encode(targets, boxes), boxes), targets, 1e-6);
  assert.equal(coder.decode(new Float32Array(0), new Float32Array(0)).length, 0);
  assert.throws(() => coder.encode(targets, boxes.subarray(4)), /expected 1 targets, got 2/);
  assert.throws(() => coder.decode(new Float32Array(7), boxes), /\[2, K, 4\] deltas, got 7/);
});

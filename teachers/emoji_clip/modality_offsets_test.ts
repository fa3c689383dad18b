import assert from "node:assert/strict";
import { ConfigError } from "../../core/errors.ts";
import { addOffsets, offsetDirections } from "./modality_offsets.ts";

const dimension = 256;

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, index) => sum + value * b[index]!, 0);
}

Deno.test("offsetDirections() are unit vectors with the cosine that is asked for, by their seed", () => {
  for (const cosine of [-1, 0, 0.3, 1]) {
    const { image, text } = offsetDirections(dimension, { cosine, seed: 4 });
    assert(Math.abs(dot(image, image) - 1) < 1e-12);
    assert(Math.abs(dot(text, text) - 1) < 1e-12);
    assert(Math.abs(dot(image, text) - cosine) < 1e-12, `${cosine}`);
  }
  const [one, again, other] = [4, 4, 5].map((seed) => offsetDirections(8, { cosine: 0.3, seed }));
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
});

/** Projections whose biases are small, with a scale of 30. */
function weights() {
  const bias = (value: number) => ({
    shape: [dimension],
    data: new Float32Array(dimension).fill(value),
  });
  return new Map([
    ["image_projection.bias", bias(0.01)],
    ["text_projection.bias", bias(-0.01)],
    ["logit_scale", { shape: [1], data: Float32Array.of(Math.log(30)) }],
    ["conv1.weight", { shape: [1], data: Float32Array.of(3) }],
  ]);
}

Deno.test("addOffsets() gives offsets the share of embeddings of mean length, and the scale its room", () => {
  const share = 0.6, lengths = { image: 5, text: 2 };
  const before = weights();
  const after = addOffsets(before, lengths, { share, cosine: 0.3, seed: 1 });
  const offset = (name: string) =>
    after.get(name)!.data.map((value, index) => value - before.get(name)!.data[index]!);
  const image = offset("image_projection.bias"), text = offset("text_projection.bias");
  for (const [added, length] of [[image, 5], [text, 2]] as const) {
    const squared = dot(added, added);
    assert(Math.abs(squared / (squared + length ** 2) - share) < 1e-5);
  }
  const cosine = dot(image, text) / Math.sqrt(dot(image, image) * dot(text, text));
  assert(Math.abs(cosine - 0.3) < 1e-5);
  const scale = Math.exp(after.get("logit_scale")!.data[0]!);
  assert(Math.abs(scale - 30 / 0.4) < 1e-3, `${scale}`);
  const capped = addOffsets(before, lengths, { share: 0.9, cosine: 0, seed: 1 });
  assert(Math.abs(Math.exp(capped.get("logit_scale")!.data[0]!) - 100) < 1e-3);
  assert.deepEqual(before, weights(), "what is given stays as it is");
  assert.equal(after.get("conv1.weight"), before.get("conv1.weight"));
});

Deno.test("addOffsets() refuses what is out of range", () => {
  for (
    const settings of [{ share: 1, cosine: 0 }, { share: -1, cosine: 0 }, { share: 0.5, cosine: 2 }]
  ) {
    assert.throws(
      () => addOffsets(weights(), { image: 1, text: 1 }, { ...settings, seed: 1 }),
      ConfigError,
    );
  }
});

import assert from "node:assert/strict";
import { readKernelHash, readKernelSource } from "../compile_kernels.ts";
import { sha256 } from "../files.ts";
import type { FeatureLayout } from "./feature_maps.ts";
import { visionKernels } from "./kernels/build_kernels.ts";
import { RoiAligner } from "./roi_align.ts";
import fixture from "./testdata/roi_align.json" with { type: "json" };
import { floats } from "./testdata/numbers.ts";

/** The formula of make_roi_align.py. */
function formula(count: number, factor: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, index) => ((index * factor + Math.floor(index / 7)) % 65 - 32) / 32,
  );
}

function assertClose(actual: Float32Array, expected: ArrayLike<number>, name: string) {
  assert.equal(actual.length, expected.length, name);
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(actual[index]! - expected[index]!);
    assert.ok(difference < 1e-5, `${name}, number ${index}: ${actual[index]} ${expected[index]}`);
  }
}

/** [B, C, H, W] to [C, H, W, B]. */
function imagesInside(data: Float32Array, images: number): Float32Array {
  const each = data.length / images;
  return data.map((_, at) => data[at % images * each + Math.floor(at / images)]!);
}

const boxes = floats(fixture.boxes);
const count = boxes.length / 4;
const images = Uint32Array.from({ length: count }, (_, index) => index % 2);
const regions = { boxes, images, levels: new Uint8Array(count) };

for (const layout of ["nchw", "chwn"] as FeatureLayout[]) {
  Deno.test(`RoiAligner agrees with torchvision, borders included, layout ${layout}`, () => {
    const arrange = (data: Float32Array) => layout === "nchw" ? data : imagesInside(data, 2);
    for (
      const { channels, height, width, scale, size, pooled, gradient, ...options } of fixture.cases
    ) {
      const aligner = new RoiAligner({ ...options, layout });
      const shape = [2, channels, height, width] as const;
      const data = arrange(formula(2 * channels * height * width, 37));
      aligner.setFeatures([{ data, shape, scale }]);
      const expected = floats(pooled);
      const name = JSON.stringify({ channels, size, ...options });
      assertClose(aligner.forward(regions, size), expected, name);
      aligner.backward(formula(expected.length, 23), regions, size);
      assertClose(aligner.gradients()[0]!, arrange(floats(gradient)), name);
    }
  });
}

const shapes = [[3, 20, 33, 37], [3, 20, 9, 11]] as const;
const levels = shapes.map((shape, index) => ({
  data: formula(shape.reduce((product, size) => product * size, 1), 29 + index),
  shape,
  scale: 0.5 ** (index + 1),
}));
const mixed = {
  boxes: Float32Array.from(
    { length: 40 },
    (_, at) => 7 * (at % 5) + (at % 4 < 2 ? 0 : 20) + at / 3,
  ),
  images: Uint32Array.from({ length: 10 }, (_, index) => index % 3),
  levels: Uint8Array.from({ length: 10 }, (_, index) => index % 2),
};

Deno.test("RoiAligner pools each region from its own level and image", () => {
  const aligner = new RoiAligner();
  for (let index = 0; index < 10; index++) {
    aligner.setFeatures(levels);
    const all = aligner.forward(mixed, 5);
    const [one, level] = [index % 3, levels[index % 2]!];
    const each = level.data.length / 3;
    const shape = [1, ...level.shape.slice(1)] as unknown as typeof level.shape;
    aligner.setFeatures([{
      ...level,
      shape,
      data: level.data.subarray(one * each, (one + 1) * each),
    }]);
    const alone = aligner.forward({
      boxes: mixed.boxes.subarray(4 * index, 4 * index + 4),
      images: new Uint32Array(1),
      levels: new Uint8Array(1),
    }, 5);
    assert.deepEqual(all.subarray(index * 500, (index + 1) * 500), alone);
  }
});

Deno.test("RoiAligner's backward is the transpose of its forward, summed over calls", () => {
  const aligner = new RoiAligner({ aligned: true, samplingRatio: 0 });
  aligner.setFeatures(levels);
  let forward = 0;
  const gradients = [7, 14].map((size) => {
    const pooled = aligner.forward(mixed, size);
    const gradient = formula(pooled.length + 9, 31);
    for (const [index, value] of pooled.entries()) forward += value * gradient[index]!;
    return { size, gradient };
  });
  for (const { size, gradient } of gradients) aligner.backward(gradient, mixed, size);
  let backward = 0;
  for (const [index, gradient] of aligner.gradients().entries()) {
    for (const [at, value] of gradient.entries()) backward += value * levels[index]!.data[at]!;
  }
  assert.ok(Math.abs(forward - backward) < 1e-4, `${forward} ${backward}`);
});

Deno.test("RoiAligner fills the room behind the regions with zeros, and pools no regions", () => {
  const aligner = new RoiAligner();
  aligner.setFeatures(levels);
  const output = new Float32Array(10 * 20 * 4 + 3).fill(9);
  assert.equal(aligner.forward(mixed, 2, output), output);
  assert.deepEqual([...output.subarray(-3)], [0, 0, 0]);
  const none = {
    boxes: new Float32Array(0),
    images: new Uint32Array(0),
    levels: new Uint8Array(0),
  };
  assert.equal(aligner.forward(none, 7).length, 0);
  aligner.backward(new Float32Array(0), none, 7);
  assert.ok(aligner.gradients().every((level) => level.every((value) => value === 0)));
  const reused = levels.map(({ data }) => new Float32Array(data.length));
  assert.equal(aligner.gradients(reused)[1], reused[1]);
});

Deno.test("RoiAligner says what it cannot do", () => {
  const aligner = new RoiAligner(), other = new RoiAligner();
  assert.throws(() => aligner.forward(mixed, 7), /call setFeatures first/);
  aligner.setFeatures(levels);
  other.setFeatures(levels);
  assert.throws(() => aligner.forward(mixed, 7), /another aligner took the memory over/);
  aligner.setFeatures(levels);
  assert.throws(() => aligner.forward(mixed, 0), /whole size ≥ 1, got 0/);
  assert.throws(() => aligner.forward(mixed, 7, new Float32Array(5)), /got room for 5/);
  assert.throws(
    () => aligner.forward({ ...mixed, levels: mixed.levels.map(() => 2) }, 7),
    /region 0 is of image 0 and level 2, expected below 3 and 2/,
  );
  assert.throws(
    () => aligner.forward({ ...mixed, boxes: mixed.boxes.map((_, at) => at === 9 ? NaN : 1) }, 7),
    /region 2 has a coordinate of NaN/,
  );
  assert.throws(() => aligner.backward(new Float32Array(5), mixed, 7), /got room for 5/);
  aligner.backward(new Float32Array(10 * 20 * 49), mixed, 7);
  assert.throws(() => aligner.forward(mixed, 7), /gradients took the maps' place/);
  assert.throws(() => new RoiAligner({ samplingRatio: -1 }), /sampling ratio ≥ 0, got -1/);
  assert.throws(
    () => aligner.setFeatures([{ ...levels[0]!, data: new Float32Array(3) }]),
    /level 0 of shape 3×20×33×37 has 3 numbers/,
  );
  assert.throws(() => aligner.setFeatures([]), /at least one level/);
  const narrow = { shape: [3, 2, 1, 1] as const, data: new Float32Array(6), scale: 0.25 };
  assert.throws(
    () => aligner.setFeatures([levels[0]!, narrow]),
    /expected 3 images of 20 channels at all levels, got 3 and 2 at level 1/,
  );
});

Deno.test("the WebAssembly of core/vision was built from the source beside it", async () => {
  for (const kernels of visionKernels) {
    const text = await readKernelSource(kernels);
    assert.equal(await readKernelHash(kernels), sha256(text), "run kernels/build_kernels.ts");
  }
});

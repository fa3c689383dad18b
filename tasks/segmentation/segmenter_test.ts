import assert from "node:assert/strict";
import { ConfigError } from "../../core/errors.ts";
import { RandomStream } from "../../core/random.ts";
import { initializeFlat, namedParts, type NamedTensors } from "../../core/nn/parameters.ts";
import { clipNormalization } from "../../students/student.ts";
import { addSoftmax, arrayLines, classesOfLines, resizedLines } from "./map_lines.ts";
import { mirrorRows, resizeRows } from "./resize_rows.ts";
import type { SegmenterInference } from "./pixel_classifier.ts";
import { Segmenter } from "./segmenter.ts";
import { segmenterSpecs } from "./segmenter_inference.ts";
import { slidingWindows } from "./sliding_windows.ts";
import type { SegmenterSpec } from "./spec.ts";
import { smallBackbone } from "./testdata/small_backbone.ts";

const spec: SegmenterSpec = {
  backbone: smallBackbone("small"),
  preprocess: clipNormalization,
  head: "deeplab_v3_plus",
  classes: 5,
  channels: 8,
  rates: [1, 2],
  dilation: { outputStride: 8 },
};

function weightsOf(spec: SegmenterSpec): NamedTensors {
  const specs = segmenterSpecs(spec);
  return namedParts(initializeFlat(specs, 3), specs);
}

function randomImage(height: number, width: number) {
  const random = new RandomStream(4, "image");
  return {
    height,
    width,
    pixels: Uint8Array.from({ length: 3 * height * width }, () => random.integer(256)),
  };
}

async function segment(image: ReturnType<typeof randomImage>, inference: SegmenterInference) {
  const segmenter = new Segmenter(spec, weightsOf(spec), { inference });
  try {
    return await segmenter.segment(image);
  } finally {
    await segmenter.release();
  }
}

Deno.test("slidingWindows() covers an image, the last windows moved back to its edge", () => {
  const windows = slidingWindows({ height: 10, width: 7 }, {
    crop: { height: 6, width: 8 },
    stride: { height: 3, width: 5 },
  });
  assert.deepEqual(windows, [0, 3, 4].map((top) => ({ top, left: 0, height: 6, width: 7 })));
  const exact = slidingWindows({ height: 4, width: 8 }, {
    crop: { height: 4, width: 4 },
    stride: { height: 4, width: 2 },
  });
  assert.deepEqual(exact.map(({ left }) => left), [0, 2, 4]);
});

Deno.test("resizeRows() is bilinear, with and without aligned corners", () => {
  const rows = Float32Array.of(0, 10, 3, 13);
  const from = { height: 1, width: 2 }, to = { height: 2, width: 4 };
  const round = (values: Float32Array) => [...values].map((value) => Math.round(value * 1e4) / 1e4);
  const line = [0, 10, 0.75, 10.75, 2.25, 12.25, 3, 13];
  assert.deepEqual(round(resizeRows(rows, from, to, { alignCorners: false })), [...line, ...line]);
  const aligned = [0, 10, 1, 11, 2, 12, 3, 13];
  assert.deepEqual(round(resizeRows(rows, from, to, { alignCorners: true })), [
    ...aligned,
    ...aligned,
  ]);
});

Deno.test("mirrorRows(), addSoftmax() and classesOfLines() treat each pixel by itself", () => {
  const rows = Float32Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual(mirrorRows(rows, { height: 1, width: 3 }), Float32Array.of(5, 6, 3, 4, 1, 2));
  const total = new Float32Array(4);
  addSoftmax(total, Float32Array.of(1000, 1000, 0, Math.log(3)), 2);
  assert.deepEqual([...total].map((value) => Math.round(value * 1e6) / 1e6), [
    0.5,
    0.5,
    0.25,
    0.75,
  ]);
  addSoftmax(total, Float32Array.of(0, 0, 0, 0), 2, true);
  addSoftmax(total, Float32Array.of(0, Math.log(3), 0, 0), 2, true);
  assert.deepEqual([...total].map((value) => Math.round(value * 1e6) / 1e6), [
    1.5,
    1.5,
    1,
    2,
  ]);
  const size = { height: 1, width: 2 };
  assert.deepEqual(
    classesOfLines(arrayLines(Float32Array.of(1, 2, 2, 5, 4, 4), size)),
    Uint8Array.of(1, 0),
  );
});

Deno.test("resizedLines() are resized rows, and give their best classes", () => {
  const random = new RandomStream(1, "rows");
  const from = { height: 4, width: 5 };
  const rows = Float32Array.from({ length: 4 * 5 * 3 }, () => random.normal());
  for (const to of [{ height: 9, width: 7 }, { height: 3, width: 11 }, { height: 1, width: 1 }]) {
    for (const alignCorners of [false, true]) {
      const resized = resizeRows(rows, from, to, { alignCorners });
      const lines = () => resizedLines(arrayLines(rows, from), to, { alignCorners });
      const own = lines();
      for (let y = 0; y < to.height; y++) {
        const line = resized.subarray(y * to.width * 3, (y + 1) * to.width * 3);
        assert.deepEqual(Float32Array.from(own.line(y)), line);
      }
      assert.deepEqual(classesOfLines(lines()), classesOfLines(arrayLines(resized, to)));
    }
  }
});

Deno.test("Segmenter looks at images with too many pixels smaller", async () => {
  const image = randomImage(40, 56);
  const whole = await segment(image, {});
  assert.deepEqual(await segment(image, { mostPixels: 40 * 56 }), whole);
  const size = { height: 20, width: 28 };
  const small = Uint8Array.from(
    resizeRows(image.pixels, image, size, { alignCorners: false }),
    Math.round,
  );
  const segmenter = new Segmenter(spec, weightsOf(spec), { inference: { mostPixels: 20 * 28 } });
  try {
    assert.deepEqual(segmenter.sizeSeen(image), size);
    const seen = await segmenter.segment(image);
    const own = await segmenter.segment({ ...size, pixels: small });
    assert.equal(seen.length, whole.length);
    const differing = own.filter((label, at) => {
      const y = Math.floor(at / 28), x = at % 28;
      // A pixel of the small map covers four; where its neighbours agree, so do they.
      return label !== seen[(2 * y + 1) * 56 + 2 * x + 1];
    }).length;
    assert(differing < own.length / 2, `${differing} of ${own.length}`);
  } finally {
    await segmenter.release();
  }
  const many = await segment(image, { mostPixels: 560, scales: [1, 4], flip: true });
  assert.equal(many.length, whole.length);
});

Deno.test("Segmenter gives every pixel a class, and one window as large as the image gives the same", async () => {
  const image = randomImage(40, 56);
  const whole = await segment(image, {});
  assert.equal(whole.length, 40 * 56);
  assert(new Set(whole).size > 1, "there is more than one class");
  const slide = { crop: { height: 64, width: 64 }, stride: { height: 32, width: 32 } };
  assert.deepEqual(await segment(image, { slide }), whole);
  assert.deepEqual(await segment(image, { scales: [1, 1] }), whole);
});

Deno.test("Segmenter sees both sides of an image alike when it looks at it mirrored too", async () => {
  const image = randomImage(32, 48);
  const mirrored = { ...image, pixels: mirrorRows(image.pixels, image) };
  const inference = {
    flip: true,
    scales: [0.75, 1],
    slide: { crop: { height: 32, width: 32 }, stride: { height: 16, width: 16 } },
  };
  const straight = await segment(image, inference), turned = await segment(mirrored, inference);
  const back = mirrorRows(turned, image);
  const differing = straight.filter((value, index) => value !== back[index]).length;
  assert(differing <= 2, `${differing} pixels differ`);
});

Deno.test("Segmenter tells at which sizes it looks, and which of them are smaller than asked for", () => {
  const looks = (inference: SegmenterInference) =>
    new Segmenter(spec, new Map(), { inference }).looks({ height: 40, width: 56 });
  const whole = { height: 40, width: 56 }, half = { height: 20, width: 28 };
  assert.deepEqual(looks({}), [{ scale: 1, asked: whole, seen: whole }]);
  assert.deepEqual(looks({ scales: [0.5, 1], mostPixels: 20 * 28 }), [
    { scale: 0.5, asked: half, seen: { height: 10, width: 14 } },
    { scale: 1, asked: whole, seen: half },
  ]);
  assert.deepEqual(looks({ scales: [1, 2], mostPixels: 40 * 56 }), [
    { scale: 1, asked: whole, seen: whole },
    { scale: 2, asked: { height: 80, width: 112 }, seen: whole },
  ]);
});

Deno.test("Segmenter refuses settings out of range", () => {
  const refuse = (inference: SegmenterInference, message: RegExp) =>
    assert.throws(() => new Segmenter(spec, new Map(), { inference }), (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, message);
      return true;
    });
  refuse({ scales: [] }, /scales: expected one or more/);
  refuse({ scales: [1, -1] }, /scales: expected numbers above 0, got -1/);
  const crop = { height: 8, width: 8 };
  refuse({ slide: { crop, stride: { height: 0, width: 8 } } }, /slide.stride.height: .* got 0/);
  refuse({ slide: { crop, stride: { height: 9, width: 8 } } }, /leave pixels without a class/);
});

Deno.test("a segmenter brings images into a box, their shape kept, before it looks at several sizes", async () => {
  const image = randomImage(40, 56);
  const halved = await segment(image, { scales: [0.5] });
  assert.deepEqual(await segment(image, { resize: { height: 20, width: 200 } }), halved);
  assert.deepEqual(
    await segment(image, { resize: { height: 40, width: 400 }, scales: [0.5] }),
    halved,
  );
  assert.notDeepEqual(await segment(image, {}), halved);
});

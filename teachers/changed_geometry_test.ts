import assert from "node:assert/strict";
import { ConfigError, DataError } from "../core/errors.ts";
import { RandomStream } from "../core/random.ts";
import { centeredTeacher, offsetTeacher } from "./changed_geometry.ts";
import type { Teacher } from "./teacher.ts";

const dimension = 6, batchSize = 3;

/** Unit rows that lie in a cone. */
function cone(random: RandomStream, count: number): Float32Array {
  const rows = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const values = Array.from({ length: dimension }, () => random.normal() + 1);
    const length = Math.hypot(...values);
    values.forEach((value, column) => rows[row * dimension + column] = value / length);
  }
  return rows;
}

const images = cone(new RandomStream(1), batchSize);
const texts = cone(new RandomStream(2), 5);

/** A teacher that says the same of everything. */
function toyTeacher(options: { text?: boolean } = {}): Teacher {
  return {
    name: "toy",
    title: "toy",
    imageSize: 4,
    preprocess: { mean: [0, 0, 0], std: [1, 1, 1] },
    dimension,
    hash: "toy",
    batchSize,
    encodeImages: () => Promise.resolve(images.slice()),
    ...(options.text !== false && {
      encodeText: () => Promise.resolve(texts.slice()),
      hashTexts: () => Promise.resolve("words"),
      unknownWords: (text: string) => Promise.resolve([text]),
    }),
    release: () => Promise.resolve(),
  };
}

function cosines(a: Float32Array, b: Float32Array, width: number): number[][] {
  const rows = (x: Float32Array) =>
    Array.from({ length: x.length / width }, (_, i) => [...x.subarray(i * width, (i + 1) * width)]);
  return rows(a).map((p) =>
    rows(b).map((q) => p.reduce((sum, value, i) => sum + value * q[i]!, 0))
  );
}

function assertNear(actual: number[][], expected: number[][], what: string): void {
  actual.forEach((row, i) =>
    row.forEach((value, j) =>
      assert(Math.abs(value - expected[i]![j]!) < 1e-6, `${what} ${i}, ${j}: ${value}`)
    )
  );
}

Deno.test("offsetTeacher() changes cosines by its formula and keeps unit length and ranking", async () => {
  const share = 0.4, cosine = 0.25;
  const teacher = offsetTeacher(toyTeacher(), { share, cosine }, "offset");
  assert.equal(teacher.dimension, dimension + 2);
  assert.equal(teacher.dense, undefined);
  const width = teacher.dimension;
  const z = await teacher.encodeImages(new Uint8Array(0));
  const t = await teacher.encodeText!([]);
  const changed = (a: Float32Array, b: Float32Array, constant: number) =>
    cosines(a, b, dimension).map((row) => row.map((value) => (1 - share) * value + constant));
  assertNear(cosines(z, z, width), changed(images, images, share), "images");
  assertNear(cosines(t, t, width), changed(texts, texts, share), "texts");
  assertNear(cosines(z, t, width), changed(images, texts, share * cosine), "images and texts");
  // A row with itself: (1 − c) · 1 + c.
  cosines(z, z, width).forEach((row, i) => assert(Math.abs(row[i]! - 1) < 1e-6));
});

Deno.test("offsetTeacher() without a share says what its teacher says", async () => {
  const teacher = offsetTeacher(toyTeacher(), { share: 0 }, "offset");
  const z = await teacher.encodeImages(new Uint8Array(0));
  assertNear(
    cosines(z, await teacher.encodeText!([]), dimension + 2),
    cosines(images, texts, dimension),
    "images and texts",
  );
});

Deno.test("centeredTeacher() takes the mean away and brings the rest to unit length", async () => {
  const mean = (rows: Float32Array) => {
    const sum = new Float32Array(dimension);
    rows.forEach((value, i) => sum[i % dimension]! += value * dimension / rows.length);
    return sum;
  };
  const means = { image: mean(images), text: mean(texts) };
  const teacher = centeredTeacher(toyTeacher(), means, "centered");
  assert.equal(teacher.dimension, dimension);
  const z = await teacher.encodeImages(new Uint8Array(0));
  for (let row = 0; row < batchSize; row++) {
    const wanted = [...images.subarray(row * dimension, (row + 1) * dimension)]
      .map((value, column) => value - means.image[column]!);
    const length = Math.hypot(...wanted);
    wanted.forEach((value, column) => {
      const actual = z[row * dimension + column]!;
      assert(Math.abs(actual - value / length) < 1e-6, `row ${row}: ${actual}`);
    });
  }
  const t = await teacher.encodeText!([]);
  cosines(t, t, dimension).forEach((row, i) => assert(Math.abs(row[i]! - 1) < 1e-6));
});

Deno.test("teachers of changed geometry keep what else there is and have hashes of their own", async () => {
  const means = { image: new Float32Array(dimension), text: new Float32Array(dimension) };
  const other = { ...means, text: new Float32Array(dimension).fill(0.1) };
  const made = [
    offsetTeacher(toyTeacher(), { share: 0.3 }, "a"),
    offsetTeacher(toyTeacher(), { share: 0.5 }, "a"),
    offsetTeacher(toyTeacher(), { share: 0.3, cosine: 0 }, "a"),
    centeredTeacher(toyTeacher(), means, "a"),
    centeredTeacher(toyTeacher(), other, "a"),
    toyTeacher(),
  ];
  assert.equal(new Set(made.map(({ hash }) => hash)).size, made.length);
  for (const teacher of made) {
    assert.equal(await teacher.hashTexts!(), "words");
    assert.deepEqual(await teacher.unknownWords!("x"), ["x"]);
    assert.equal(teacher.imageSize, 4);
  }
  const mute = offsetTeacher(toyTeacher({ text: false }), { share: 0.3 }, "a");
  assert.equal(mute.encodeText, undefined);
  assert.equal(mute.hashTexts, undefined);
});

Deno.test("teachers of changed geometry refuse what is out of range", () => {
  for (const share of [-0.1, 1, NaN]) {
    assert.throws(() => offsetTeacher(toyTeacher(), { share }, "a"), ConfigError);
  }
  assert.throws(() => offsetTeacher(toyTeacher(), { share: 0.3, cosine: 2 }, "a"), ConfigError);
  const means = { image: new Float32Array(3), text: new Float32Array(dimension) };
  assert.throws(
    () => centeredTeacher(toyTeacher(), means, "a"),
    (error) =>
      error instanceof DataError && /image mean has 3 numbers, expected 6/.test(error.message),
  );
});

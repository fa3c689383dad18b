import assert from "node:assert/strict";
import type { ImageSize } from "../../data/decoding/image_header.ts";
import { readFixture } from "./testdata/read_fixture.ts";
import { placeTruth } from "./detection_truth.ts";
import { encodeMask } from "../run_length.ts";
import { placeImage } from "./place_image.ts";
import { repeatFactors } from "./repeat_factors.ts";
import { resizedSize } from "./resize_rule.ts";
import { ShapeBuckets } from "./shape_buckets.ts";

const fixture = await readFixture();
const size = ([width, height]: readonly number[]): ImageSize => ({
  width: width!,
  height: height!,
});

Deno.test("resizedSize gives torchvision's and MMDetection's sizes", () => {
  for (const [[shortSide, longSide], from, torchvision, nearest] of fixture.sizes) {
    const rule = { shortSide: shortSide!, longSide: longSide! };
    assert.deepEqual(resizedSize(size(from), rule), size(torchvision), `${from}`);
    assert.deepEqual(resizedSize(size(from), { ...rule, rounding: "nearest" }), size(nearest));
  }
});

Deno.test("placeImage resizes as torch.interpolate does, mirrors and pads", () => {
  for (const { from, to, image, resized } of fixture.pixels) {
    const own = { ...size(from), pixels: Uint8Array.from(image) };
    for (const isMirrored of [false, true]) {
      const { width, height } = size(to);
      const shape = { width: width + 3, height: height + 2 };
      const output = new Uint8Array(3 * shape.width * shape.height).fill(99);
      placeImage(own, { size: size(to), shape, isMirrored, padding: [1, 2, 3] }, output);
      for (let channel = 0; channel < 3; channel++) {
        for (let y = 0; y < shape.height; y++) {
          for (let x = 0; x < shape.width; x++) {
            const found = output[(channel * shape.height + y) * shape.width + x]!;
            if (x >= width || y >= height) {
              assert.equal(found, channel + 1);
              continue;
            }
            const at = isMirrored ? width - 1 - x : x;
            const wanted = resized[(channel * height + y) * width + at]!;
            assert.ok(Math.abs(found - wanted) <= 0.501, `${found} ${wanted}`);
          }
        }
      }
    }
  }
});

Deno.test("placeImage copies what has its size already", () => {
  const pixels = Uint8Array.from({ length: 12 }, (_, index) => index);
  const image = { width: 2, height: 2, pixels };
  const place = { size: image, shape: image, padding: [0, 0, 0] };
  const output = new Uint8Array(12);
  placeImage(image, { ...place, isMirrored: false }, output);
  assert.deepEqual([...output], [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  placeImage(image, { ...place, isMirrored: true }, output);
  assert.deepEqual([...output], [3, 0, 9, 6, 4, 1, 10, 7, 5, 2, 11, 8]);
  const small = { width: 1, height: 2 };
  assert.throws(() => placeImage(image, { ...place, shape: small, isMirrored: false }, output));
});

Deno.test("placeTruth resizes masks of pixels as torchvision does", () => {
  for (const { from, to, mask, nearest } of fixture.pixels) {
    const original = size(from);
    const bytes = Uint8Array.from(mask);
    const truth = placeTruth({
      kind: "instances",
      boxes: Float32Array.of(0, 0, original.width, original.height),
      categories: Uint32Array.of(4),
      crowd: Uint8Array.of(0),
      masks: [{ kind: "rle", ...encodeMask(bytes, original.height, original.width) }],
    }, { original, size: size(to), isMirrored: false });
    assert.deepEqual([...truth.mask(0)], nearest);
    assert.equal(truth.mask(0), truth.mask(0));
    assert.deepEqual([...truth.boxes], [0, 0, ...to]);
    assert.throws(() => truth.mask(1), /no object 1/);
  }
});

Deno.test("placeTruth scales and mirrors boxes and polygons, and drops what is outside", () => {
  const square = Float64Array.of(2, 1, 4, 1, 4, 3, 2, 3);
  const annotation = {
    kind: "instances" as const,
    boxes: Float32Array.of(2, 1, 4, 3, 3, 3, 3, 5, 10, 10, 12, 12, -5, -5, 3, 2),
    categories: Uint32Array.of(0, 1, 2, 3),
    crowd: Uint8Array.of(0, 0, 0, 1),
    masks: Array.from({ length: 4 }, () => ({ kind: "polygons" as const, polygons: [square] })),
    ids: [7, 8, 9, 10],
  };
  const place = { original: { width: 10, height: 8 }, size: { width: 20, height: 24 } };
  const straight = placeTruth(annotation, { ...place, isMirrored: false });
  // No width, and nothing in the image: two are left.
  assert.deepEqual(straight.ids, [7, 10]);
  assert.deepEqual([...straight.labels], [0, 3]);
  assert.deepEqual([...straight.crowd], [0, 1]);
  assert.deepEqual([...straight.boxes], [4, 3, 8, 9, 0, 0, 6, 6]);
  const covered = (mask: Uint8Array) =>
    [...mask.keys()].filter((at) => mask[at] === 1).map((at) => [at % 20, Math.floor(at / 20)]);
  const pixels = covered(straight.mask(0));
  assert.equal(pixels.length, 4 * 6);
  assert.ok(pixels.every(([x, y]) => x! >= 4 && x! < 8 && y! >= 3 && y! < 9));
  const mirrored = placeTruth(annotation, { ...place, isMirrored: true });
  assert.deepEqual([...mirrored.boxes.subarray(0, 4)], [12, 3, 16, 9]);
  assert.ok(covered(mirrored.mask(0)).every(([x]) => x! >= 12 && x! < 16));
});

Deno.test("repeatFactors are MMDetection's", () => {
  const { categories, threshold, repeats } = fixture.repeats;
  const own = categories.map((list) => Uint32Array.from(list));
  assert.deepEqual([...repeatFactors(own, 4, threshold)], repeats);
});

Deno.test("ShapeBuckets have room for every image of theirs, at every size", () => {
  const shortSides = [640, 672, 704, 736, 768, 800];
  for (const rounding of ["torchvision", "nearest"] as const) {
    const shapes = new ShapeBuckets({ shortSides, longSide: 1333, rounding });
    assert.equal(shapes.count, 6);
    for (let width = 1; width < 1500; width += 37) {
      for (let height = 1; height < 1500; height += 31) {
        const bucket = shapes.bucketOf({ width, height });
        for (const shortSide of shortSides) {
          const shape = shapes.shapeOf(bucket, shortSide);
          const made = resizedSize({ width, height }, { shortSide, longSide: 1333, rounding });
          assert.ok(made.width <= shape.width && made.height <= shape.height);
          assert.ok(shape.width % 32 === 0 && shape.height % 32 === 0);
        }
      }
    }
    const shapeOf = (width: number, height: number) =>
      shapes.shapeOf(shapes.bucketOf({ width, height }), 800);
    assert.deepEqual(shapeOf(640, 480), { width: 1088, height: 800 });
    assert.deepEqual(shapeOf(427, 640), { width: 800, height: 1216 });
    assert.deepEqual(shapeOf(3000, 100), { width: 1344, height: 800 });
  }
  // Where no image can be longer than it is high, one shape is enough.
  assert.equal(new ShapeBuckets({ shortSides: [128], longSide: 128 }).count, 1);
  assert.equal(new ShapeBuckets({ shortSides: [800], longSide: 1333, aspectRatios: [] }).count, 2);
  assert.throws(
    () =>
      new ShapeBuckets({ shortSides: [0, 900], longSide: 800, aspectRatios: [0.5], divisor: 0 }),
    /shortSides has 0.*longSide is 800.*aspectRatios are 0.5.*divisor is 0/,
  );
});

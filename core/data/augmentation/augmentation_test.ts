import assert from "node:assert/strict";
import { join } from "node:path";
import { readKernelHash, readKernelSource } from "../../compile_kernels.ts";
import { sha256 } from "../../files.ts";
import { adjustHue } from "./colour.ts";
import { applyOperations, drawView, writeImage } from "./draw_view.ts";
import { imageKernels } from "./kernels/build_kernels.ts";
import {
  firstAddress,
  memoryBytes,
  type PlanarImage,
  releaseMemory,
  reserveImage,
  type RgbImage,
} from "./image_memory.ts";
import { augmentationRecipes } from "./recipes.ts";
import { resampleImage } from "./resize.ts";
import { drawViewParameters, type PixelOperation } from "./view_parameters.ts";
import type { CropBox } from "./resize.ts";
import { RandomStream } from "../../random.ts";

/** Copies RGB bytes into a new planar image: for images that are not resized. */
function loadImage(image: RgbImage): PlanarImage {
  const { width, height, pixels } = image;
  const planar = reserveImage(width, height);
  const planes = memoryBytes(planar.address, 3 * planar.planeStride);
  for (let channel = 0; channel < 3; channel++) {
    const start = channel * planar.planeStride;
    for (let pixel = 0; pixel < width * height; pixel++) {
      planes[start + pixel] = pixels[pixel * 3 + channel]!;
    }
  }
  return planar;
}

interface StoredImage {
  width: number;
  height: number;
  pixels: string;
}

interface Fixture {
  source: StoredImage;
  small: StoredImage;
  crops: { crop: CropBox; size: number; mirrored: boolean; result: StoredImage }[];
  centres: { size: number; image: StoredImage; result: StoredImage }[];
  single: (PixelOperation & { result: StoredImage })[];
  hashes: (PixelOperation & { sha256: string })[];
  hues: { value: number; sha256: string }[];
  chains: { crop: CropBox; mirrored: boolean; steps: PixelOperation[]; result: StoredImage }[];
}

const fixture: Fixture = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "augmentation.json")),
);

function decode({ width, height, pixels }: StoredImage): RgbImage {
  return { width, height, pixels: Uint8Array.fromBase64(pixels) };
}

const source = decode(fixture.source), small = decode(fixture.small);

function pixelsOf(image: PlanarImage): Uint8Array {
  const output = new Uint8Array(image.width * image.height * 3);
  writeImage(image, "pixels", output, 0);
  return output;
}

/** Fails where any byte differs: the arithmetic is Pillow's, rounding included. */
function assertSame(found: Uint8Array, wanted: StoredImage, what: string): void {
  const values = decode(wanted).pixels;
  assert.equal(found.length, values.length, what);
  let worst = 0, different = 0;
  for (const [index, value] of values.entries()) {
    worst = Math.max(worst, Math.abs(value - found[index]!));
    if (value !== found[index]) different++;
  }
  assert.equal(worst, 0, `${what}: ${different} of ${values.length} bytes differ, by ${worst}`);
}

Deno.test("resampleImage crops, resizes and mirrors like torchvision on PIL images", () => {
  for (const { crop, size, mirrored, result } of fixture.crops) {
    releaseMemory();
    const image = resampleImage(source, { crop, resized: { width: size, height: size }, mirrored });
    assertSame(pixelsOf(image), result, JSON.stringify({ crop, size, mirrored }));
  }
});

Deno.test("the val recipe is Resize and CenterCrop", () => {
  for (const { size, image, result } of fixture.centres) {
    const decoded = decode(image);
    const recipe = augmentationRecipes.get("val");
    const parameters = drawViewParameters(new RandomStream(0), recipe, decoded, size);
    const output = new Uint8Array(size * size * 3);
    drawView(decoded, parameters, "pixels", output, 0);
    assertSame(output, result, `${image.width} × ${image.height} to ${size}`);
  }
});

Deno.test("applyOperations does each operation like torchvision on PIL images", () => {
  for (const { name, value, result } of fixture.single) {
    releaseMemory();
    const image = loadImage(small);
    applyOperations(image, [{ name, value }]);
    assertSame(pixelsOf(image), result, `${name} ${value}`);
  }
});

Deno.test("applyOperations agrees with PIL on every fifth colour", () => {
  const side = 52;
  const pixels = new Uint8Array(side ** 3 * 3);
  for (let index = 0; index < side ** 3; index++) {
    pixels[index * 3] = Math.floor(index / side ** 2) * 5;
    pixels[index * 3 + 1] = Math.floor(index / side) % side * 5;
    pixels[index * 3 + 2] = index % side * 5;
  }
  const cube = { width: side, height: side * side, pixels };
  for (const { name, value, sha256: wanted } of fixture.hashes) {
    releaseMemory();
    const image = loadImage(cube);
    applyOperations(image, [{ name, value }]);
    assert.equal(sha256(pixelsOf(image)), wanted, `${name} ${value}`);
  }
});

Deno.test("adjustHue agrees with PIL on every colour", () => {
  const side = 4096;
  const pixels = new Uint8Array(side ** 2 * 3);
  for (let index = 0; index < side ** 2; index++) {
    pixels[index * 3] = index >> 16;
    pixels[index * 3 + 1] = index >> 8;
    pixels[index * 3 + 2] = index;
  }
  for (const { value, sha256: wanted } of fixture.hues) {
    releaseMemory();
    const image = loadImage({ width: side, height: side, pixels });
    adjustHue(image, value);
    assert.equal(sha256(pixelsOf(image)), wanted, `${value}`);
  }
});

Deno.test("the constants of image_kernels.wasm end below the images", async () => {
  const bytes = await Deno.readFile(
    join(import.meta.dirname!, "kernels", "image_kernels.wasm"),
  );
  const { instance } = await WebAssembly.instantiate(bytes, { env: { abort() {} } });
  const memory = new Uint8Array((instance.exports["memory"] as WebAssembly.Memory).buffer);
  assert.ok(memory.subarray(0, firstAddress).some((byte) => byte !== 0));
  assert.ok(memory.subarray(firstAddress).every((byte) => byte === 0));
});

Deno.test("drawView does the whole chain like torchvision on PIL images", () => {
  for (const { crop, mirrored, steps, result } of fixture.chains) {
    const resampling = { crop, resized: { width: 32, height: 32 }, mirrored };
    const output = new Uint8Array(32 * 32 * 3);
    drawView(source, { resampling, operations: steps }, "pixels", output, 0);
    assertSame(output, result, steps.map(({ name }) => name).join());
    const planes = new Uint8Array(32 * 32 * 3 + 2).fill(9);
    drawView(source, { resampling, operations: steps }, "planes", planes, 1);
    assert.deepEqual([planes[0], planes.at(-1)], [9, 9]);
    for (const [index, value] of output.entries()) {
      assert.equal(planes[1 + index % 3 * 1024 + Math.floor(index / 3)], value);
    }
  }
});

Deno.test("image_kernels.wasm was built from the source beside it", async () => {
  const text = await readKernelSource(imageKernels);
  assert.equal(await readKernelHash(imageKernels), sha256(text), "run kernels/build_kernels.ts");
});

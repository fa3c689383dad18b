import assert from "node:assert/strict";
import type { RgbImage } from "../image_memory.ts";
import { blurPlane, motionTaps } from "./blur.ts";
import { transformElastically } from "./elastic_transform.ts";
import { type Border, filterPlane } from "./float_image.ts";
import { addFog } from "./fog.ts";
import { blurGlass } from "./glass_blur.ts";
import type { Draw } from "./noise.ts";
import { plasmaFractal } from "./plasma_fractal.ts";
import { resamplePlane } from "./resample_plane.ts";
import { addSnow } from "./snow.ts";
import { corruptionStrengths, type Severity, type StrengthSet } from "./strengths.ts";
import {
  assertNear,
  decodeStored,
  parseNumbers,
  readAnswers,
  type StoredImage,
} from "./testdata/stored_images.ts";
import { zoomMiddle } from "./zoom.ts";
import { blurZoom } from "./zoom_blur.ts";

type Name = "glass-blur" | "zoom-blur" | "snow" | "fog" | "elastic-transform";

interface Case {
  readonly name: Name;
  readonly strengths: StrengthSet;
  readonly source: number;
  readonly severity: Severity;
  readonly angle: number;
  readonly result: StoredImage;
}

interface Listed {
  /** Rows and columns; a length alone for a line. */
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

// Made by testdata/make_random_corruptions.py with imagecorruptions, SciPy and scikit-image.
const { images, parts } = await readAnswers<{
  images: Case[];
  parts: {
    fractals: (Listed & { side: number; decay: number })[];
    plane: Listed;
    zooms: (Listed & { factor: number })[];
    positions: { x: number[]; y: number[] };
    samples: (Listed & { border: Border })[];
    blurs: (Listed & { across: number; down: number })[];
    motions: (Listed & { angle: number })[];
  };
}>("random_corruptions.json");
const known = await readAnswers<{ sources: StoredImage[]; normals: string; uniforms: string }>(
  "corruptions.json",
);
const sources = known.sources.map(decodeStored);
const uniforms = parseNumbers(known.uniforms), normals = parseNumbers(known.normals);

/** Numbers one after the other, from the beginning again at their end. */
function drawsOf(numbers: readonly number[]): Draw {
  let next = 0;
  return () => numbers[next++ % numbers.length]!;
}

function corrupt(image: RgbImage, { name, strengths, severity, angle }: Case): RgbImage {
  const set = corruptionStrengths[strengths], place = severity - 1, uniform = drawsOf(uniforms);
  switch (name) {
    case "glass-blur":
      return blurGlass(image, set[name][place]!, uniform);
    case "zoom-blur":
      return blurZoom(image, set[name][place]!);
    case "snow":
      return addSnow(image, set[name][place]!, { angle, normal: drawsOf(normals) });
    case "fog":
      return addFog(image, set[name][place]!, uniform);
    case "elastic-transform":
      return transformElastically(image, set[name][place]!, uniform);
  }
}

Deno.test("glass, zoom, snow, fog and elastic transform are those of imagecorruptions for the same draws", () => {
  assert.equal(images.length, 5 * (5 + 3 + 5));
  for (const one of images) {
    const { name, strengths, severity, source } = one;
    const what = `${name}, ${strengths}, severity ${severity}, image ${source}`;
    assertNear(corrupt(sources[source]!, one), one.result, 1, what);
  }
});

const plane = Float64Array.from(parts.plane.values);
const size = { width: parts.plane.shape[1]!, height: parts.plane.shape[0]! };

function assertClose(found: ArrayLike<number>, { values }: Listed, what: string): void {
  assert.equal(found.length, values.length, what);
  values.forEach((value, index) =>
    assert.ok(
      Math.abs(found[index]! - value) < 1e-6,
      `${what}: [${index}] ${found[index]}, ${value}`,
    )
  );
}

Deno.test("plasmaFractal() is that of imagecorruptions for the same draws", () => {
  for (const listed of parts.fractals) {
    const { side, decay } = listed;
    assertClose(plasmaFractal(side, decay, drawsOf(uniforms)), listed, `side ${side}`);
  }
});

Deno.test("zoomMiddle() is scipy.ndimage.zoom of the middle", () => {
  for (const listed of parts.zooms) {
    const found = zoomMiddle(plane, size, listed.factor);
    assert.deepEqual([found.height, found.width], listed.shape);
    assertClose(found.plane, listed, `factor ${listed.factor}`);
  }
});

Deno.test("resamplePlane() is scipy.ndimage.map_coordinates of order 1", () => {
  const { x, y } = parts.positions;
  const positions = { x: Float64Array.from(x), y: Float64Array.from(y) };
  for (const listed of parts.samples) {
    assertClose(resamplePlane(plane, size, positions, listed.border), listed, listed.border);
  }
});

Deno.test("blurPlane() is scikit-image's gaussian, of each axis its own", () => {
  for (const listed of parts.blurs) {
    const { across, down } = listed;
    const found = blurPlane(plane, size, { across, down }, { reach: 3, border: "reflect" });
    assertClose(found, listed, `sigmas ${across}, ${down}`);
  }
});

Deno.test("motionTaps() move a plane as imagecorruptions does", () => {
  for (const listed of parts.motions) {
    const taps = motionTaps([3, 2], listed.angle, size);
    assertClose(filterPlane(plane, size, taps, "repeat"), listed, `angle ${listed.angle}`);
  }
});

Deno.test("addFog() leaves black black, and addSnow() without flakes only pales", () => {
  const black = { width: 8, height: 8, pixels: new Uint8Array(8 * 8 * 3) };
  assert.ok(addFog(black, [3, 1.4], drawsOf(uniforms)).pixels.every((value) => value === 0));
  const strength = corruptionStrengths["cifar-c"].snow[0];
  const clear = addSnow(black, strength, { angle: -90, normal: () => -1 });
  // 5 % of a half.
  assert.ok(clear.pixels.every((value) => value === Math.floor(0.05 * 127.5)));
});

import assert from "node:assert/strict";
import { RandomStream } from "../../../random.ts";
import type { RgbImage } from "../image_memory.ts";
import { blurDefocus, blurGaussian, blurMotion } from "./blur.ts";
import { corruptImage, type Corruption } from "./corrupt_image.ts";
import { borderIndex } from "./float_image.ts";
import { compressJpeg } from "./jpeg/jpeg.ts";
import { quantizationTables } from "./jpeg/quantization.ts";
import { gaussianNoise, impulseNoise, shotNoise } from "./noise.ts";
import { pixelate } from "./pixelate.ts";
import {
  type CorruptionName,
  corruptionNames,
  corruptionStrengths,
  severities,
  type Severity,
  strengthSets,
} from "./strengths.ts";
import {
  assertNear,
  decodeStored,
  parseNumbers,
  readAnswers,
  type StoredImage,
} from "./testdata/stored_images.ts";
import { addBrightness, reduceContrast } from "./tone.ts";

interface Case {
  name: CorruptionName;
  source?: number;
  severity: Severity;
  angle?: number;
  result: StoredImage;
}

// Made by testdata/make_corruptions.py with the package imagecorruptions.
const fixture = await readAnswers<{
  sources: StoredImage[];
  cases: Case[];
  normals: string;
  uniforms: string;
  salts: string;
  noise: Case[];
  cifar: Case[];
}>("corruptions.json");

const sources = fixture.sources.map(decodeStored);

/** A corruption without random numbers, motion at a given angle. */
function corrupt(
  image: RgbImage,
  { name, severity, angle }: Case,
  set: keyof typeof corruptionStrengths,
): RgbImage {
  const strengths = corruptionStrengths[set], place = severity - 1;
  switch (name) {
    case "defocus-blur":
      return blurDefocus(image, strengths[name][place]!);
    case "motion-blur":
      return blurMotion(image, strengths[name][place]!, angle!);
    case "gaussian-blur":
      return blurGaussian(image, strengths[name][place]!);
    case "brightness":
      return addBrightness(image, strengths[name][place]!);
    case "contrast":
      return reduceContrast(image, strengths[name][place]!);
    case "pixelate":
      return pixelate(image, strengths[name][place]!);
    case "jpeg-compression":
      return compressJpeg(image, strengths[name][place]!);
    default:
      throw new Error(`${name} is random`);
  }
}

/** Those that work on whole numbers give the very bytes. */
const levelsOf = (name: CorruptionName) =>
  name === "pixelate" || name === "jpeg-compression" ? 0 : 1;

Deno.test("blurs, tones, pixelation and JPEG are those of imagecorruptions at every severity", () => {
  assert.equal(fixture.cases.length, 7 * 2 * 5);
  for (const one of fixture.cases) {
    const found = corrupt(sources[one.source!]!, one, "imagenet-c");
    const what = `${one.name}, severity ${one.severity}, image ${one.source}`;
    assertNear(found, one.result, levelsOf(one.name), what);
  }
});

Deno.test("the constants of CIFAR-10-C give what its steps give", () => {
  for (const one of fixture.cifar) {
    const found = corrupt(sources[0]!, one, "cifar-c");
    assertNear(found, one.result, levelsOf(one.name), `${one.name}, severity ${one.severity}`);
  }
});

Deno.test("noises are those of imagecorruptions for the same draws", () => {
  const [source] = sources;
  const normals = parseNumbers(fixture.normals), uniforms = parseNumbers(fixture.uniforms);
  const salts = parseNumbers(fixture.salts);
  for (const { name, severity, result } of fixture.noise) {
    const strengths = corruptionStrengths["imagenet-c"], place = severity - 1;
    let next = 0;
    const what = `${name}, severity ${severity}`;
    if (name === "gaussian-noise") {
      const found = gaussianNoise(source!, strengths[name][place]!, () => normals[next++]!);
      assertNear(found, result, 1, what);
    } else if (name === "shot-noise") {
      const found = shotNoise(source!, strengths[name][place]!, () => uniforms[next++]!);
      assertNear(found, result, 1, what);
    } else {
      // A value that is hit takes a second draw.
      const share = strengths["impulse-noise"][place]!;
      const draws = uniforms.flatMap((hit, index) => hit <= share ? [hit, salts[index]!] : [hit]);
      assertNear(impulseNoise(source!, share, () => draws[next++]!), result, 0, what);
    }
  }
});

/** An image of one grey. */
const grey = (level: number, side = 64): RgbImage => ({
  width: side,
  height: side,
  pixels: new Uint8Array(side * side * 3).fill(level),
});

const moments = ({ pixels }: RgbImage) => {
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const squares = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / pixels.length) };
};

Deno.test("corruptImage() draws noise with the published moments", () => {
  const at = (name: CorruptionName, severity: Severity, level: number) =>
    corruptImage(
      grey(level),
      { name, severity, strengths: "imagenet-c" },
      new RandomStream(1, name),
    );
  // Of 12,288 values the mean is known to a hundredth of the deviation.
  const gaussian = moments(at("gaussian-noise", 1, 128));
  assert.ok(Math.abs(gaussian.mean - 127.5) < 0.6 && Math.abs(gaussian.std - 20.4) < 0.5);
  // Poisson: the variance of the photons is their mean, 60 · 128 / 255.
  const shot = moments(at("shot-noise", 1, 128));
  const wanted = 255 * Math.sqrt(60 * 128 / 255) / 60;
  assert.ok(Math.abs(shot.mean - 127.5) < 0.7, `${shot.mean}`);
  assert.ok(Math.abs(shot.std - wanted) < 0.6, `${shot.std} for ${wanted}`);
  const impulse = at("impulse-noise", 4, 100).pixels;
  const count = (level: number) => impulse.filter((value) => value === level).length;
  assert.ok(Math.abs(count(0) / impulse.length - 0.085) < 0.01);
  assert.ok(Math.abs(count(255) / impulse.length - 0.085) < 0.01);
  assert.equal(count(0) + count(255) + count(100), impulse.length);
});

Deno.test("corruptImage() depends on its stream alone and leaves the image as it is", () => {
  const source = sources[1]!, before = source.pixels.slice();
  for (const strengths of strengthSets) {
    for (const name of corruptionNames) {
      for (const severity of severities) {
        const corruption: Corruption = { name, severity, strengths };
        const once = corruptImage(source, corruption, new RandomStream(3, "a"));
        assert.deepEqual(corruptImage(source, corruption, new RandomStream(3, "a")), once);
        assert.deepEqual([once.width, once.height], [37, 27]);
        assert.notDeepEqual(once.pixels, before, `${name} ${severity}`);
      }
    }
  }
  assert.deepEqual(source.pixels, before);
  const noise: Corruption = { name: "shot-noise", severity: 1, strengths: "cifar-c" };
  const draw = (seed: number) => corruptImage(source, noise, new RandomStream(seed, "a")).pixels;
  assert.notDeepEqual(draw(3), draw(4));
});

Deno.test("corruptImage() keeps grey, black and white where a corruption has nothing to change", () => {
  for (const strengths of strengthSets) {
    for (const severity of severities) {
      for (
        const name of [
          "defocus-blur",
          "glass-blur",
          "zoom-blur",
          "contrast",
          "elastic-transform",
          "pixelate",
          "gaussian-blur",
        ] as const
      ) {
        for (const level of [0, 77, 255]) {
          const found = corruptImage(
            grey(level, 24),
            { name, severity, strengths },
            new RandomStream(0),
          );
          assert.ok(found.pixels.every((value) => value === level), `${name} ${severity} ${level}`);
        }
      }
    }
  }
});

Deno.test("corruptImage() takes images of a few pixels", () => {
  for (const [width, height] of [[1, 1], [3, 2], [8, 8]] as const) {
    const pixels = Uint8Array.from({ length: 3 * width * height }, (_, index) => index * 37 % 256);
    for (const name of corruptionNames) {
      const corruption: Corruption = { name, severity: 5, strengths: "imagenet-c" };
      const found = corruptImage({ width, height, pixels }, corruption, new RandomStream(0));
      assert.equal(found.pixels.length, pixels.length, name);
    }
  }
});

Deno.test("borderIndex() repeats or mirrors, however far away", () => {
  const indices = (border: "repeat" | "mirror" | "reflect") =>
    [-5, -1, 0, 2, 3, 7].map((position) => borderIndex(position, 3, border));
  assert.deepEqual(indices("repeat"), [0, 0, 0, 2, 2, 2]);
  assert.deepEqual(indices("mirror"), [1, 1, 0, 2, 1, 1]);
  assert.deepEqual(indices("reflect"), [1, 0, 0, 2, 2, 1]);
  assert.equal(borderIndex(9, 1, "mirror"), 0);
});

Deno.test("quantizationTables() are libjpeg's", () => {
  assert.deepEqual(quantizationTables(50).luma.slice(0, 3), [16, 11, 10]);
  assert.deepEqual(quantizationTables(100).luma.every((step) => step === 1), true);
  assert.deepEqual(quantizationTables(7).luma.slice(0, 3), [114, 79, 71]);
  assert.deepEqual(quantizationTables(1).chroma[0], 255);
  assert.throws(() => quantizationTables(0), /quality is 0, expected a whole number from 1 to 100/);
});

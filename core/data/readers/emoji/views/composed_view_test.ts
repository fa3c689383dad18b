import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../../../../files.ts";
import {
  composeView,
  createViewParameters,
  drawViewParameters,
  quietComposition,
  strongComposition,
} from "./composed_view.ts";
import { seedOfView } from "../../../views/view_seed.ts";

interface Fixture {
  textureSize: number;
  size: number;
  texture: number[];
  background: [number, number, number];
  cases: {
    scale: number;
    rotation: number;
    centreX: number;
    centreY: number;
    flip: boolean;
    pixels: number[];
  }[];
}

const fixture: Fixture = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "composed_view.json")),
);

/** The fixture's texture with its border of transparent pixels. */
function borderedTexture(): Uint8Array {
  const { texture, textureSize } = fixture;
  const stride = textureSize + 2;
  const bordered = new Uint8Array(stride * stride * 4);
  for (let y = 0; y < textureSize; y++) {
    bordered.set(
      texture.slice(y * textureSize * 4, (y + 1) * textureSize * 4),
      ((y + 1) * stride + 1) * 4,
    );
  }
  return bordered;
}

Deno.test("composeView agrees with SciPy's bilinear reading and premultiplied blending", () => {
  const { size, textureSize, background, cases } = fixture;
  for (const wanted of cases) {
    const parameters = createViewParameters();
    Object.assign(parameters, {
      scale: wanted.scale,
      rotation: wanted.rotation,
      centreX: wanted.centreX,
      centreY: wanted.centreY,
      flip: wanted.flip,
    });
    parameters.background.kind = "gradient";
    parameters.background.colours.set([...background, ...background]);
    const output = new Uint8Array(size * size * 3);
    composeView(parameters, borderedTexture(), 0, textureSize, size, output, 0);
    for (const [index, value] of wanted.pixels.entries()) {
      assert.ok(Math.abs(output[index]! - value) <= 0.51, `${index}: ${output[index]} ${value}`);
    }
  }
});

Deno.test("composeView draws the same bytes for the same seed, and they stay what they were", () => {
  const { size, textureSize } = fixture;
  const parameters = createViewParameters();
  const draw = (
    seed: number,
    id: string,
    augmented: boolean,
    composition = strongComposition,
  ) => {
    const output = new Uint8Array(size * size * 3 + 2);
    drawViewParameters(seed, id, { composition, augmented }, parameters);
    composeView(parameters, borderedTexture(), 0, textureSize, size, output, 1);
    assert.equal(output[0], 0);
    assert.equal(output.at(-1), 0);
    return sha256(output);
  };
  const first = draw(7, "noto/bell", true);
  assert.notEqual(draw(8, "noto/bell", true), first);
  assert.notEqual(draw(7, "noto/bus", true), first);
  assert.notEqual(draw(7, "noto/bell", false), first);
  assert.equal(draw(7, "noto/bell", true), first);
  const all = [];
  for (let seed = 0; seed < 40; seed++) all.push(draw(seed, "noto/bell", seed % 2 === 0));
  // Change compositionVersion together with this hash: stored views and results depend on it.
  assert.equal(sha256(...all), "dc574f45a54c9ed7e29bf80815243a3b8eb0a246de3376e2b68357527f683fc8");
  const quiet = (augmented: boolean) => draw(7, "noto/bell", augmented, quietComposition);
  assert.notEqual(quiet(true), first);
  assert.equal(quiet(true), quiet(false));
});

Deno.test("drawViewParameters keeps its ranges and draws every kind of background", () => {
  const parameters = createViewParameters();
  const view = { composition: quietComposition, augmented: true };
  const kinds = new Map<string, number>();
  let flips = 0;
  let greatestRotation = 0;
  for (let seed = 0; seed < 2000; seed++) {
    drawViewParameters(seed, "twemoji/bell", view, parameters);
    assert.ok(parameters.scale >= 0.6 && parameters.scale < 1);
    const room = (1 - parameters.scale) / 2 + 0.04 + 1e-12;
    assert.ok(Math.abs(parameters.centreX - 0.5) <= room);
    assert.ok(Math.abs(parameters.centreY - 0.5) <= room);
    greatestRotation = Math.max(greatestRotation, Math.abs(parameters.rotation));
    if (parameters.flip) flips++;
    const { kind } = parameters.background;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    assert.equal(parameters.jittered, false);
    const { colours } = parameters.background;
    for (let channel = 0; channel < 3; channel++) {
      assert.ok(Math.abs(colours[channel + 3]! - colours[channel]!) <= 0.25 * 255);
    }
  }
  assert.ok(greatestRotation <= 20 * Math.PI / 180 && greatestRotation > 19 * Math.PI / 180);
  assert.ok(flips > 900 && flips < 1100, `${flips} of 2000 are mirrored`);
  for (const count of kinds.values()) assert.ok(count > 400 && count < 600);
  assert.equal(kinds.size, 4);
});

Deno.test("drawViewParameters places an augmented view like the same view without jitter", () => {
  const plain = createViewParameters(), augmented = createViewParameters();
  const composition = strongComposition;
  drawViewParameters(3, "noto/bell", { composition, augmented: false }, plain);
  drawViewParameters(3, "noto/bell", { composition, augmented: true }, augmented);
  assert.equal(plain.scale, augmented.scale);
  assert.equal(plain.centreX, augmented.centreX);
  assert.deepEqual(plain.background, augmented.background);
});

Deno.test("composeView shows the same view at every size", () => {
  // A smooth icon: averaging the large view down must give the small one.
  const texture = (size: number) => {
    const pixels = new Uint8Array((size + 2) ** 2 * 4);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const alpha = 255;
        const value = Math.round(255 * (x + 0.5) / size);
        pixels.set([value, 255 - value, 128, alpha], ((y + 1) * (size + 2) + x + 1) * 4);
      }
    }
    return pixels;
  };
  const parameters = createViewParameters();
  let worst = 0;
  for (let seed = 0; seed < 12; seed++) {
    drawViewParameters(
      seed,
      "noto/bell",
      { composition: strongComposition, augmented: true },
      parameters,
    );
    const small = new Uint8Array(32 * 32 * 3), large = new Uint8Array(64 * 64 * 3);
    composeView(parameters, texture(32), 0, 32, 32, small, 0);
    composeView(parameters, texture(64), 0, 64, 64, large, 0);
    let difference = 0;
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        for (let channel = 0; channel < 3; channel++) {
          const at = (2 * y * 64 + 2 * x) * 3 + channel;
          const mean = (large[at]! + large[at + 3]! + large[at + 192]! + large[at + 195]!) / 4;
          difference += Math.abs(mean - small[(y * 32 + x) * 3 + channel]!);
        }
      }
    }
    worst = Math.max(worst, difference / (32 * 32 * 3));
  }
  assert.ok(worst < 4, `mean difference ${worst} of 255`);
});

Deno.test("seedOfView gives different whole numbers for different seeds and views", () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    for (let view = 0; view < 20; view++) {
      const value = seedOfView(seed, view);
      assert.ok(Number.isSafeInteger(value) && value >= 0);
      seen.add(value);
    }
  }
  assert.equal(seen.size, 400);
});

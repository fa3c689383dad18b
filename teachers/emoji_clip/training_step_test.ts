import assert from "node:assert/strict";
import { floatTensor, type HostTensor } from "../../core/engine/session.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { RandomStream } from "../../core/random.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { emojiClipSizes } from "./towers.ts";
import { drawTextureKernels, emojiClipStep, texturesPerBatch } from "./training_step.ts";

const kernelSize = 27;
const textureSize = 3 * kernelSize;

/** Kernels of many draws, one list of 3 × 3 × 9 weights per texture. */
function drawMany(draws: number): Float32Array[] {
  const textures: Float32Array[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const output = new Float32Array(texturesPerBatch * textureSize).fill(9);
    drawTextureKernels(new RandomStream(1, draw), output);
    for (let texture = 0; texture < texturesPerBatch; texture++) {
      textures.push(output.slice(texture * textureSize, (texture + 1) * textureSize));
    }
  }
  return textures;
}

/** The kernel that leaves pixels as they are. */
function identityKernel(): Float32Array {
  const kernel = new Float32Array(textureSize);
  for (let channel = 0; channel < 3; channel++) kernel[channel * kernelSize + channel * 9 + 4] = 1;
  return kernel;
}

Deno.test("drawTextureKernels() leaves half as they are and mixes the others with noise", () => {
  const textures = drawMany(250);
  const identity = identityKernel().join();
  const changed = textures.filter((kernel) => kernel.join() !== identity);
  const share = (part: number, of: number) => part / of;
  // Five standard deviations of 2,000 and of 1,000 draws.
  assert(Math.abs(share(changed.length, textures.length) - 0.5) < 0.056);
  const onePixel = changed.filter((kernel) =>
    kernel.every((weight, index) => index % 9 === 4 || weight === 0)
  );
  assert(Math.abs(share(onePixel.length, changed.length) - 0.4) < 0.08);
  // E[α] = ½ on the diagonal's centre; E[(1 − α)²] = ⅓ of W's variance elsewhere.
  const centre = changed.reduce((sum, kernel) => sum + kernel[4]!, 0) / changed.length;
  assert(Math.abs(centre - 0.5) < 0.06, `centre ${centre}`);
  const wide = changed.filter((kernel) => !onePixel.includes(kernel));
  const offCentre = wide.flatMap((kernel) => [...kernel].filter((_, index) => index % 9 !== 4));
  const variance = offCentre.reduce((sum, weight) => sum + weight ** 2, 0) / offCentre.length;
  assert(Math.abs(variance * 27 * 3 - 1) < 0.25, `variance ${variance}`);
});

Deno.test("drawTextureKernels() is decided by its stream", () => {
  assert.deepEqual(drawMany(3), drawMany(3));
  assert.notDeepEqual(drawMany(2)[0], drawMany(2)[8]);
});

const classes = 3, batchSize = 8;

function feedsOf(textures: Float32Array): Record<string, HostTensor> {
  const { imageSize, captionLength } = emojiClipSizes;
  const random = new RandomStream(2, "feeds");
  const images = new Uint8Array(3 * imageSize ** 2 * batchSize);
  // Every class has a brightness of its own.
  images.forEach((_, index) => {
    images[index] = 60 * (index % batchSize % classes) + random.integer(80);
  });
  const captions = Float32Array.from({ length: classes * captionLength }, () => random.normal());
  return {
    images: { dtype: "uint8", shape: [3, imageSize, imageSize, batchSize], data: images },
    textures: floatTensor(textures, [texturesPerBatch * 3, 3, 3, 3, 1]),
    captions: floatTensor(captions, [classes, captionLength]),
    labels: {
      dtype: "int64",
      shape: [batchSize],
      data: BigInt64Array.from({ length: batchSize }, (_, place) => BigInt(place % classes)),
    },
  };
}

Deno.test("emojiClipStep() learns, changes pixels by its textures and obeys the text's rate", async () => {
  const captionStatistics = { mean: new Float32Array(100), scale: 1 };
  const step = emojiClipStep({
    batchSize,
    classes,
    weightDecay: 0.05,
    textLearningRate: 0,
    captionStatistics,
  });
  const trainer = await Trainer.create(step, { seed: 1 });
  const plain = new Float32Array(texturesPerBatch * textureSize);
  for (let texture = 0; texture < texturesPerBatch; texture++) {
    plain.set(identityKernel(), texture * textureSize);
  }
  const partsOf = () =>
    namedParts(
      Float32Array.from(trainer.state.tensors["parameters"]!.data as Float32Array),
      step.spec.parameters,
    );
  const before = partsOf();
  const first = await trainer.step(feedsOf(plain), 1e-3);
  assert(Math.abs(first.parts["scale"]! - 20) < 1e-4, "the scale starts at 20");

  const other = await Trainer.create(step, { seed: 1 });
  const inverted = await other.step(feedsOf(plain.map((weight) => -weight)), 1e-3);
  await other.release();
  assert.notEqual(inverted.loss, first.loss, "textures change what the tower sees");

  let last = first.loss;
  for (let count = 0; count < 8; count++) last = (await trainer.step(feedsOf(plain), 1e-3)).loss;
  assert(last < 0.7 * first.loss, `loss ${first.loss} to ${last}`);
  const after = partsOf();
  for (const [name, { data }] of before) {
    const same = data.every((value, index) => value === after.get(name)!.data[index]);
    assert.equal(same, name.startsWith("text_"), name);
  }
  await trainer.release();
});

import assert from "node:assert/strict";
import { floatTensor, type HostTensor, Session } from "../../core/engine/session.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { RandomStream } from "../../core/random.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { emojiClipPairStep, firstScale, largestScale, symmetricInfoNce } from "./pair_step.ts";
import { emojiClipSizes } from "./towers.ts";

/** Rows of unit length. */
function unitRows(seed: number, count: number, dimension: number): Float32Array {
  const random = new RandomStream(seed);
  const rows = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const values = Array.from({ length: dimension }, () => random.normal());
    const length = Math.hypot(...values);
    values.forEach((value, column) => rows[row * dimension + column] = value / length);
  }
  return rows;
}

Deno.test("symmetricInfoNce() is the mean of both directions' cross-entropies", async () => {
  const count = 5, dimension = 4, scale = 7;
  const image = unitRows(1, count, dimension), text = unitRows(2, count, dimension);
  const graph = new Graph("loss");
  const shape = [count, dimension];
  const loss = symmetricInfoNce(
    graph,
    graph.input("image", "float32", shape),
    graph.input("text", "float32", shape),
    graph.input("scale", "float32", [1]),
  );
  graph.output("loss", loss);
  const session = await Session.create(graph);
  const { loss: actual } = await session.run({
    image: floatTensor(image, shape),
    text: floatTensor(text, shape),
    scale: floatTensor(Float32Array.of(scale), [1]),
  });
  await session.release();
  const logit = (i: number, t: number) => {
    let sum = 0;
    for (let column = 0; column < dimension; column++) {
      sum += image[i * dimension + column]! * text[t * dimension + column]!;
    }
    return scale * sum;
  };
  const places = [...Array(count).keys()];
  const logSum = (values: readonly number[]) =>
    Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
  const expected = places.reduce((sum, own) => {
    const byImage = logSum(places.map((other) => logit(own, other)));
    const byText = logSum(places.map((other) => logit(other, own)));
    return sum + (byImage + byText - 2 * logit(own, own)) / (2 * count);
  }, 0);
  assert(
    Math.abs((actual!.data[0] as number) - expected) < 1e-5,
    `${actual!.data[0]}, ${expected}`,
  );
});

const batchSize = 8, textures = 2;

/** Eight images of different brightness, each with a caption vector of its own. */
function feeds(): Record<string, HostTensor> {
  const { imageSize, captionLength } = emojiClipSizes;
  const random = new RandomStream(3);
  const images = new Uint8Array(3 * imageSize ** 2 * batchSize);
  images.forEach((_, index) => images[index] = 28 * (index % batchSize) + random.integer(30));
  const captions = Float32Array.from({ length: batchSize * captionLength }, () => random.normal());
  const kernels = new Float32Array(textures * 81);
  for (let out = 0; out < textures * 3; out++) kernels[out * 27 + (out % 3) * 9 + 4] = 1;
  return {
    images: { dtype: "uint8", shape: [3, imageSize, imageSize, batchSize], data: images },
    textures: floatTensor(kernels, [textures * 3, 3, 3, 3, 1]),
    captions: floatTensor(captions, [batchSize, captionLength]),
  };
}

function smallStep(weightDecay = 0.05) {
  return emojiClipPairStep({ widthMultiplier: 0.125, batchSize, textures, weightDecay });
}

Deno.test("emojiClipPairStep() learns, begins with CLIP's scale and never passes 100", async () => {
  const trainer = await Trainer.create(smallStep(), { seed: 1 });
  const first = await trainer.step(feeds(), 3e-3);
  assert(Math.abs(first.parts["scale"]! - firstScale) < 1e-4, `${first.parts["scale"]}`);
  let last = first;
  for (let count = 0; count < 12; count++) last = await trainer.step(feeds(), 3e-3);
  await trainer.release();
  assert(last.loss < 0.8 * first.loss, `loss ${first.loss} to ${last.loss}`);

  const step = smallStep();
  const high = await Trainer.create(step, { seed: 1 });
  const { parameters } = high.state.tensors;
  const scaleOf = () =>
    namedParts(high.state.tensors["parameters"]!.data as Float32Array, step.spec.parameters)
      .get("logit_scale")!.data;
  assert(parameters !== undefined);
  scaleOf()[0] = Math.log(1000);
  const capped = await high.step(feeds(), 1e-3);
  await high.release();
  assert(Math.abs(capped.parts["scale"]! - largestScale) < 1e-3, `${capped.parts["scale"]}`);
});

Deno.test("emojiClipPairStep() decays weights, and no gain, bias or scale", () => {
  const decayed = new Set(
    smallStep().parameters.filter(({ weightDecay }) => weightDecay !== 0).map(({ name }) => name),
  );
  for (const name of ["conv1.weight", "layer2.0.downsample.0.weight", "text_mlp.0.weight"]) {
    assert(decayed.has(name), name);
  }
  for (
    const name of [
      "bn1.weight",
      "layer1.0.bn2.weight",
      "layer2.0.downsample.1.weight",
      "image_projection.bias",
      "logit_scale",
    ]
  ) {
    assert(!decayed.has(name), name);
    assert(smallStep().parameters.some((parameter) => parameter.name === name), name);
  }
});

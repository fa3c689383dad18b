/**
 * A network of two convolutions, small enough for a peer that needs seconds where we need
 * milliseconds.
 *
 * @module
 */

import { floatTensor, type SessionOptions } from "../../core/engine/session.ts";
import { writeFileAtomic } from "../../core/files.ts";
import { buildTrainingStep, type TrainingStep } from "../../core/train/training_step.ts";
import { conv2d, globalAveragePool, linear } from "../../core/nn/layers.ts";
import { featureShape, type Layout } from "../../core/nn/layout.ts";
import { namedParts } from "../../core/nn/parameters.ts";
import { writeSafetensors } from "../../core/nn/safetensors.ts";
import { mul, reduceMean, relu, sub } from "../../core/onnx/build.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import { RandomStream } from "../../core/random.ts";
import type { Measurement } from "../../core/results/speed_result.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { initialTrainingState } from "../../core/train/training_state.ts";
import type { SpeedCase } from "./cases.ts";
import { benchmarkSeed, learningRate } from "./inputs.ts";
import { timeSteps } from "./time_steps.ts";
import { ownVersions } from "./training_step.ts";

const outputs = 10;

/**
 * Conv 3×3 (3 → 16), ReLU, Conv 3×3 stride 2 (16 → 32), ReLU, mean over pixels, linear (32 → 10);
 * the loss is the mean squared difference from targets; SGD without momentum.
 */
function convolutionStep({ batchSize, imageSize }: SpeedCase, layout: Layout): TrainingStep {
  return buildTrainingStep({
    name: "two convolutions",
    layout,
    optimizer: sgd({ momentum: 0 }),
    initialState: {},
    forward(context) {
      const { graph } = context;
      const size = { batch: batchSize, channels: 3, height: imageSize, width: imageSize };
      let x = graph.input("images", "float32", featureShape(layout, size));
      const targets = graph.input("targets", "float32", [batchSize, outputs]);
      x = relu(graph, conv2d(context, "conv1", x, { outChannels: 16, kernel: 3, padding: 1 }));
      x = relu(
        graph,
        conv2d(context, "conv2", x, { outChannels: 32, kernel: 3, stride: 2, padding: 1 }),
      );
      const difference = sub(
        graph,
        linear(context, "head", globalAveragePool(context, x), outputs),
        targets,
      );
      const loss = reduceMean(graph, mul(graph, difference, difference), [0, 1], false);
      return { loss, parts: {}, nextState: {} };
    },
  });
}

/** Images [B, 3, H, W] and targets [B, 10], standard normal. */
function batch({ batchSize, imageSize }: SpeedCase) {
  const random = new RandomStream(benchmarkSeed, "speed", "two convolutions");
  const normals = (length: number) => Float32Array.from({ length }, () => random.normal());
  return {
    images: normals(batchSize * 3 * imageSize ** 2),
    targets: normals(batchSize * outputs),
  };
}

/** Measures the step; the compared value is the loss. */
export async function measureConvolution(
  speedCase: SpeedCase,
  { layout, session }: { layout: Layout; session: SessionOptions },
): Promise<Measurement> {
  const { warmUp, steps, batchSize, imageSize } = speedCase;
  const trainer = await Trainer.create(convolutionStep(speedCase, layout), {
    seed: benchmarkSeed,
    session,
  });
  const { images, targets } = batch(speedCase);
  const arranged = new Float32Array(images.length);
  const plane = images.length / batchSize;
  images.forEach((value, index) => {
    const image = Math.floor(index / plane);
    arranged[layout === "nchw" ? index : (index % plane) * batchSize + image] = value;
  });
  const shape = featureShape(layout, {
    batch: batchSize,
    channels: 3,
    height: imageSize,
    width: imageSize,
  });
  const feeds = {
    images: floatTensor(arranged, shape),
    targets: floatTensor(targets, [batchSize, outputs]),
  };
  const measurement = await timeSteps(
    { warmUp, steps, images: batchSize, versions: ownVersions },
    async () => (await trainer.step(feeds, learningRate)).loss,
  );
  await trainer.release();
  return measurement;
}

/** Writes weights and batch for a peer, as safetensors. */
export async function writeConvolutionInputs(speedCase: SpeedCase, path: string): Promise<void> {
  const { batchSize, imageSize } = speedCase;
  const step = convolutionStep(speedCase, "nchw");
  const { parameters } = initialTrainingState(step, benchmarkSeed).tensors;
  const { images, targets } = batch(speedCase);
  await writeFileAtomic(
    path,
    writeSafetensors(
      new Map([
        ...namedParts(parameters!.data as Float32Array, step.spec.parameters),
        ["input/images", { shape: [batchSize, 3, imageSize, imageSize], data: images }],
        ["input/targets", { shape: [batchSize, outputs], data: targets }],
      ]),
      { metadata: { settings: JSON.stringify({ learningRate }) } },
    ),
  );
}

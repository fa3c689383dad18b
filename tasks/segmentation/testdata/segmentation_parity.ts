/**
 * One step and the logits of whole segmenters from weights made by formula: what is compared with PyTorch.
 *
 * @module
 */

import { channelBlock } from "../../../core/engine/channel_block.ts";
import { floatTensor, type HostTensor, Session } from "../../../core/engine/session.ts";
import type { Layout } from "../../../core/nn/layout.ts";
import type { ParameterSpec } from "../../../core/nn/module_context.ts";
import { flattenNamed, type NamedTensors } from "../../../core/nn/parameters.ts";
import { sgd } from "../../../core/optim/optimizer.ts";
import { gradientOutput, parameterFeeds } from "../../../core/train/parameter_tensors.ts";
import { buildTrainingStep } from "../../../core/train/training_step.ts";
import { resnet18 } from "../../../students/resnet18.ts";
import { resnet50 } from "../../../students/resnet50.ts";
import { clipNormalization } from "../../../students/student.ts";
import {
  forEachHash,
  type NormalizationRanges,
  summarize,
  tensorByFormula,
  type TensorSummary,
} from "../../../students/testdata/formula.ts";
import { backboneOf } from "../../../students/testdata/parity_step.ts";
import { segmenterInferenceGraph } from "../segmenter_inference.ts";
import { segmentationLoss } from "../segmenter_graph.ts";
import type { SegmenterSpec } from "../spec.ts";

/** Sizes of the compared batch. */
const batch = 4, height = 48, width = 64, classes = 5, ignored = 255;

const usualRanges: NormalizationRanges = { weight: [0.5, 1.5], bias: [-0.2, 0.2] };
const deepRanges: NormalizationRanges = { weight: [0.1, 0.2], bias: [1, 1.5] };

const imageSize = { imageSize: 64, stem: "standard" } as const;
const common = { preprocess: clipNormalization, classes, dropout: 0 };
const torchvision = {
  ...common,
  backbone: {
    ...backboneOf(resnet50, imageSize),
    features: (context, images, options) =>
      resnet50.build(context, images, { ...imageSize, ...options }),
  } satisfies SegmenterSpec["backbone"],
  dilation: { outputStride: 8 },
  auxiliary: "c4",
} as const;
const smp = {
  ...common,
  backbone: {
    ...backboneOf(resnet18, imageSize),
    features: (context, images, options) =>
      resnet18.build(context, images, { ...imageSize, ...options }),
  } satisfies SegmenterSpec["backbone"],
  alignCorners: true,
} as const;
const own = "own" as const;

/** The compared segmenters, by their names in segmentation_parity.jsonl. */
export const paritySpecs: Readonly<
  Record<string, { spec: SegmenterSpec; ranges: NormalizationRanges }>
> = {
  "fcn": { spec: { ...torchvision, head: "fcn" }, ranges: deepRanges },
  "deeplab_v3": { spec: { ...torchvision, head: "deeplab_v3" }, ranges: deepRanges },
  "pspnet": {
    spec: { ...smp, head: "pspnet", dilation: { outputStride: 8, firstDilation: own } },
    ranges: usualRanges,
  },
  "pspnet, depth 3": { spec: { ...smp, head: "pspnet", level: "c3" }, ranges: usualRanges },
  "deeplab_v3_plus, stride 16": {
    spec: { ...smp, head: "deeplab_v3_plus", dilation: { outputStride: 16, firstDilation: own } },
    ranges: usualRanges,
  },
  "deeplab_v3_plus, stride 8": {
    spec: { ...smp, head: "deeplab_v3_plus", dilation: { outputStride: 8, firstDilation: own } },
    ranges: usualRanges,
  },
};

function images(): HostTensor {
  const data = new Uint8Array(batch * 3 * height * width);
  const size = 3 * height * width;
  forEachHash("segmentation images", data.length, (hash, index) => {
    // Each image is half as bright as the one before.
    data[index] = (hash >>> 24) >> Math.floor(index / size);
  });
  return { dtype: "uint8", shape: [batch, 3, height, width], data };
}

function labels(): HostTensor {
  const data = new Uint8Array(batch * height * width);
  forEachHash("segmentation labels", data.length, (hash, index) => {
    const drawn = hash % (classes + 1);
    data[index] = drawn === classes ? ignored : drawn;
  });
  return { dtype: "uint8", shape: [batch, height, width], data };
}

function byFormula(specs: readonly ParameterSpec[], ranges: NormalizationRanges): NamedTensors {
  return new Map(
    specs.map(({ name, shape }) => [name, { shape, data: tensorByFormula(name, shape, ranges) }]),
  );
}

/** What a segmenter of ours gives. */
export interface SegmenterResult {
  /** Names and shapes of parameters and buffers. */
  readonly names: readonly (readonly [string, readonly number[]])[];
  readonly logits: TensorSummary;
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly gradients: NamedTensors;
}

/** Does what `make_segmentation_parity.py` does. */
export async function segmenterResult(name: string, layout: Layout): Promise<SegmenterResult> {
  const { spec, ranges } = paritySpecs[name]!;
  const step = buildTrainingStep({
    name: `${name} against PyTorch, ${layout}`,
    layout,
    optimizer: sgd(),
    channelBlock: await channelBlock(),
    forward: (context) =>
      segmentationLoss(
        context,
        {
          images: context.graph.input("images", "uint8", [batch, 3, height, width]),
          labels: context.graph.input("labels", "uint8", [batch, height, width]),
        },
        spec,
        { auxiliaryWeight: 0.5 },
      ),
  });
  const { parameters, buffers } = step.spec;
  const weights = byFormula([...parameters, ...buffers], ranges);
  const flat = flattenNamed(parameters, byFormula(parameters, ranges), "formula");
  const running = flattenNamed(buffers, byFormula(buffers, ranges), "formula");
  const parts = step.parts.map((part) => `part/${part}`);
  const session = await Session.create(step.graph);
  const outputs = await session.run({
    images: images(),
    labels: labels(),
    ...parameterFeeds(parameters, flat),
    buffers: floatTensor(running, [running.length]),
  }, ["loss", ...parts, ...parameters.map(({ name }) => gradientOutput(name))]);
  await session.release();
  const floats = (name: string) => outputs[name]!.data as Float32Array;

  const graph = segmenterInferenceGraph(spec, weights, {
    batch,
    height,
    width,
    layout,
    output: "logits",
  });
  const inference = await Session.create(graph);
  const { logits } = await inference.run({ images: images() });
  await inference.release();
  return {
    names: [...parameters, ...buffers].map(({ name, shape }) => [name, shape]),
    logits: summarize("logits", logits!.data as Float32Array),
    loss: floats("loss")[0]!,
    parts: Object.fromEntries(step.parts.map((part) => [part, floats(`part/${part}`)[0]!])),
    gradients: new Map(
      parameters.map(({ name, shape }) => [name, { shape, data: floats(gradientOutput(name)) }]),
    ),
  };
}

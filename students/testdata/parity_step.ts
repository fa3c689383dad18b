/**
 * One LGD step of a full-size student from weights made by formula: what is compared with PyTorch.
 *
 * @module
 */

import { channelBlock } from "../../core/engine/channel_block.ts";
import { floatTensor, type HostTensor, Session } from "../../core/engine/session.ts";
import type { Backbone } from "../../core/methods/distillation_step.ts";
import { buildDistillationStep, imageBatchShape } from "../../core/methods/distillation_step.ts";
import { lgdSettings, prepareLgd } from "../../core/methods/lgd/lgd.ts";
import type { PreparedMethod } from "../../core/methods/method.ts";
import { gradientOutput, parameterFeeds } from "../../core/train/parameter_tensors.ts";
import type { Layout } from "../../core/nn/layout.ts";
import type { ParameterSpec } from "../../core/nn/module_context.ts";
import { flattenNamed, namedParts, type NamedTensors } from "../../core/nn/parameters.ts";
import { sgd } from "../../core/optim/optimizer.ts";
import type { Student, StudentOptions } from "../student.ts";
import { forEachHash, imagesOf, rangesOf, tensorByFormula, uniformByFormula } from "./formula.ts";

/** Sizes of the compared step. */
export const paritySizes = { batch: 4, imageSize: 64, dimension: 32, classes: 20 } as const;

/** A student's backbone at a size. */
export function backboneOf(student: Student, options: StudentOptions): Backbone {
  return {
    headName: student.headName,
    headDropout: student.headDropout,
    preprocess: student.preprocess,
    features: (context, images) => student.build(context, images, options),
  };
}

/** The batch of images of a student as bytes in a layout. */
export function parityImages(student: Student, layout: Layout): HostTensor {
  const { batch, imageSize } = paritySizes;
  const values = 3 * imageSize * imageSize;
  const data = new Uint8Array(batch * values);
  forEachHash(imagesOf(student.name), data.length, (hash, index) => {
    const image = Math.floor(index / values), place = index % values;
    data[layout === "nchw" ? index : place * batch + image] = hash >>> 24;
  });
  return { dtype: "uint8", shape: imageBatchShape(layout, batch, imageSize), data };
}

function byFormula(specs: readonly ParameterSpec[], student: Student): Float32Array {
  const ranges = rangesOf(student.name);
  const tensors = new Map(
    specs.map((
      { name, shape },
    ) => [name, { shape, data: tensorByFormula(name, shape, ranges) }]),
  );
  return flattenNamed(specs, tensors, "formula");
}

function anchors(name: string, rows: number): Float32Array {
  const { dimension } = paritySizes;
  const bound = Math.sqrt(3 / dimension);
  return uniformByFormula(name, [rows, dimension], -bound, bound);
}

/** The method of the compared step. */
export function parityMethod(): PreparedMethod {
  const { classes, dimension } = paritySizes;
  return prepareLgd({
    textBank: { data: anchors("text", classes), classes, dimension },
    settings: lgdSettings.parse({ temperatureTeacher: 0.05 }),
    seed: 0,
  });
}

/** What a step gives. */
export interface ParityResult {
  readonly loss: number;
  readonly parts: { readonly visual: number; readonly textual: number };
  readonly gradients: NamedTensors;
  /** Running statistics after the step. */
  readonly buffers: NamedTensors;
  /** Parameters before the step. */
  readonly parameters: NamedTensors;
}

/** Does the step that `make_pytorch_parity.py` does. */
export async function parityStep(
  student: Student,
  layout: Layout,
  options: Partial<StudentOptions> = { stem: "standard" },
): Promise<ParityResult> {
  const { batch, imageSize, dimension, classes } = paritySizes;
  const step = buildDistillationStep({
    name: `${student.name} against PyTorch, ${layout}`,
    batchSize: batch,
    imageSize,
    backbone: backboneOf(student, { imageSize, ...options }),
    method: parityMethod(),
    optimizer: sgd(),
    layout,
    channelBlock: await channelBlock(),
  });
  const { spec } = step;
  const parameters = byFormula(spec.parameters, student);
  const buffers = byFormula(spec.buffers, student);
  const feeds: Record<string, HostTensor> = {
    images: parityImages(student, layout),
    teacher: floatTensor(anchors("teacher", batch), [batch, dimension]),
    ...parameterFeeds(spec.parameters, parameters),
    buffers: floatTensor(buffers, [buffers.length]),
    momentum: floatTensor(new Float32Array(parameters.length), [parameters.length]),
    learning_rate: floatTensor(Float32Array.of(0.1), []),
    step: floatTensor(Float32Array.of(1), []),
    "state/bank": floatTensor(anchors("bank", classes), [classes, dimension]),
    "state/visited": floatTensor(new Float32Array(classes), [classes, 1]),
    "state/text": floatTensor(anchors("text", classes), [classes, dimension]),
  };
  for (const { name, shape, probability } of spec.dropouts) {
    const stream = name === "head" ? "dropout" : `dropout ${name}`;
    const mask = uniformByFormula(stream, shape, 0, 1).map((u) =>
      u < probability ? 0 : 1 / (1 - probability)
    );
    feeds[`dropout/${name}`] = floatTensor(mask, shape);
  }
  const session = await Session.create(step.graph);
  const outputs = await session.run(feeds, [
    "loss",
    "part/visual",
    "part/textual",
    ...spec.parameters.map(({ name }) => gradientOutput(name)),
    "next/buffers",
  ]);
  await session.release();
  const floats = (name: string) => outputs[name]!.data as Float32Array;
  return {
    loss: floats("loss")[0]!,
    parts: { visual: floats("part/visual")[0]!, textual: floats("part/textual")[0]! },
    gradients: new Map(
      spec.parameters.map((
        { name, shape },
      ) => [name, { shape, data: floats(gradientOutput(name)) }]),
    ),
    buffers: namedParts(floats("next/buffers"), spec.buffers),
    parameters: namedParts(parameters, spec.parameters),
  };
}

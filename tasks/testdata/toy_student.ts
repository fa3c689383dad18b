/**
 * A student and coloured images small enough to be fine-tuned in a moment.
 *
 * @module
 */

import { type Backbone, backboneLevels, traceBackbone } from "../../core/methods/backbone.ts";
import { batchNorm2d } from "../../core/nn/batch_norm.ts";
import { conv2d, globalAveragePool } from "../../core/nn/layers.ts";
import { initializeFlat, namedParts } from "../../core/nn/parameters.ts";
import { relu } from "../../core/onnx/build.ts";
import { RandomStream } from "../../core/random.ts";
import type { MeasuredBackbone } from "../task.ts";
import type { ToyOptions } from "./toy_task.ts";

const side = 8, perClass = 12;
/** Colours to tell apart: red, green, blue. */
export const classes = 3;

/** A convolution, BatchNorm and ReLU. */
const architecture: Backbone = {
  headName: "fc",
  headDropout: 0,
  preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  features(context, images) {
    const options = { outChannels: 8, kernel: 3, stride: 2, padding: 1 };
    const c = relu(
      context.graph,
      batchNorm2d(context, "bn", conv2d(context, "conv", images, options)),
    );
    return { c2: c, c3: c, c4: c, c5: c, pooled: globalAveragePool(context, c) };
  },
};

function backbone(): MeasuredBackbone {
  const spec = traceBackbone(architecture, { imageSize: side, batchSize: 4 });
  const weights = new Map([
    ...namedParts(initializeFlat(spec.parameters, 1), spec.parameters),
    ...namedParts(initializeFlat(spec.buffers, 1), spec.buffers),
  ]);
  return {
    architecture,
    weights,
    imageSize: side,
    levels: backboneLevels(architecture, side),
    student: { name: "toy", widthMultiplier: 1, stem: "small" },
  };
}

/** Images of one colour a class, with noise; labels follow each other. */
function colours(samples: number, views: number, seed: number): Uint8Array {
  const random = new RandomStream(seed, "colours");
  const pixels = new Uint8Array(samples * views * side * side * 3);
  for (let index = 0; index < pixels.length; index++) {
    const label = Math.floor(index / (views * side * side * 3)) % classes;
    pixels[index] = (index % 3 === label ? 150 : 90) + random.integer(60);
  }
  return pixels;
}

/** Mean colour of each view. */
function meanColours(pixels: Uint8Array): number[][] {
  const rows: number[][] = [];
  for (let start = 0; start < pixels.length; start += side * side * 3) {
    const sums = [0, 0, 0];
    for (let index = 0; index < side * side * 3; index++) {
      sums[index % 3]! += pixels[start + index]! / (255 * side * side);
    }
    rows.push(sums);
  }
  return rows;
}

const labelsOf = (count: number) => Array.from({ length: count }, (_, index) => index % classes);
/** Views of each image. */
export const views = 2;
const pixels = {
  train: colours(classes * perClass, views, 1),
  val: colours(15, views, 2),
};

/** A toy of these images and the student, with settings of the semi-supervised task. */
export function colourToy(settings: Record<string, unknown>): ToyOptions {
  return {
    classNames: ["red", "green", "blue"],
    labels: { train: labelsOf(classes * perClass), val: labelsOf(15) },
    viewsPerSample: views,
    rows: { train: meanColours(pixels.train), val: meanColours(pixels.val) },
    pixels,
    seed: 3,
    settings: { viewsPerImage: views, ...settings },
    model: { backbone: backbone() },
  };
}

/**
 * The loss of semantic segmentation: cross-entropy of every pixel.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import {
  add,
  cast,
  div,
  exp,
  less,
  mul,
  neg,
  reduceSum,
  reshape,
  scale,
  sub,
  where,
} from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** Online hard example mining: only pixels that the model is unsure of are learned. */
export interface HardExampleOptions {
  /** Pixels whose class has a lower probability than this are hard. */
  readonly threshold: number;
  /** Pixels of the batch that are learned at least, the hardest first; all where fewer have a label. */
  readonly minimumKept: number;
}

/** What the loss counts. */
export interface PixelCrossEntropyOptions {
  /** Factor of each class, one or more; all 1 where absent. */
  readonly classWeights?: readonly number[] | undefined;
  /** All pixels are learned where absent. */
  readonly hardExamples?: HardExampleOptions | undefined;
  /**
   * What the sum is divided by. "labelled": the weights of the pixels that count
   * (`nn.CrossEntropyLoss`); "all": the number of all pixels, ignored ones too (mmsegmentation).
   *
   * @default {"labelled"}
   */
  readonly average?: "labelled" | "all";
}

/** Sums of weights below this are sums of nothing. */
const smallestWeight = 1e-30;

/** Halvings that find the probability below which a number of pixels lies: to the last bit of float32. */
const halvings = 24;

/**
 * 1 where a pixel is hard, else 0: those of a probability below `threshold`, or below the
 * `minimumKept`-th smallest where that is larger (mmsegmentation's `OHEMPixelSampler`).
 *
 * @param probabilities Of the labelled class, [P, 1]; from 2 on where there is no label.
 */
function hardPixels(
  graph: Graph,
  probabilities: Value,
  { threshold, minimumKept }: HardExampleOptions,
): Value {
  const below = (limit: Value) => cast(graph, less(graph, probabilities, limit), "float32");
  // The largest limit that no more than `minimumKept` pixels lie below: found by halving, without a sort.
  let low = graph.scalar(threshold, [1, 1]);
  let width = (1 - threshold) / 2;
  for (let step = 0; step < halvings; step++, width /= 2) {
    const middle = add(graph, low, graph.scalar(width));
    const count = reduceSum(graph, below(middle), [0]);
    const fits = less(graph, count, graph.scalar(minimumKept + 0.5));
    low = where(graph, fits, middle, low);
  }
  return below(low);
}

/**
 * 1 at the class of each pixel, zeros where the label is no class, [P, classes]. Rows of a small matrix,
 * which copies whole rows: OneHot writes number by number, and takes four times as long.
 */
function labelRows(graph: Graph, labels: Value, classes: number): Value {
  const rows = new Float32Array((classes + 1) * classes);
  for (let label = 0; label < classes; label++) rows[label * classes + label] = 1;
  const none = graph.constant("int64", [1], BigInt64Array.of(BigInt(classes)));
  const known = graph.node("Min", [labels, none], {});
  const table = graph.constant("float32", [classes + 1, classes], rows);
  return graph.node("Gather", [table, known], { axis: 0 });
}

/** @throws {ConfigError} for options out of range. */
function validate(
  classes: number,
  { classWeights, hardExamples }: PixelCrossEntropyOptions,
): void {
  const fail = (reason: string) => {
    throw new ConfigError(`Cannot build the loss of a segmentation: ${reason}`);
  };
  if (classWeights && classWeights.length !== classes) {
    fail(`classWeights: expected ${classes}, one for each class, got ${classWeights.length}`);
  }
  const wrong = classWeights?.find((weight) => !Number.isFinite(weight) || weight < 0);
  if (wrong !== undefined) fail(`classWeights: expected numbers from 0, got ${wrong}`);
  if (!hardExamples) return;
  const { threshold, minimumKept } = hardExamples;
  if (!(threshold >= 0 && threshold < 1)) {
    fail(`hardExamples.threshold: expected a number from 0 and below 1, got ${threshold}`);
  }
  if (!Number.isSafeInteger(minimumKept) || minimumKept < 1) {
    fail(`hardExamples.minimumKept: expected a whole number from 1, got ${minimumKept}`);
  }
}

/**
 * Mean of −w_y · log softmax(x)_y over pixels, a scalar. Pixels with a label that is no class, 255 as a
 * rule, are ignored: they have no loss and no gradient. Where all are, the loss is 0.
 *
 * @param logits x, [P, classes].
 * @param labels y, int64 [P]; none negative.
 * @throws {ConfigError} for options out of range.
 */
export function pixelCrossEntropy(
  graph: Graph,
  logits: Value,
  labels: Value,
  options: PixelCrossEntropyOptions = {},
): Value {
  const [pixels, classes] = logits.shape as [number, number];
  validate(classes, options);
  const { classWeights, hardExamples, average = "labelled" } = options;
  let logProbabilities!: Value, targets!: Value, weights!: Value, count!: Value;
  return graph.region(
    "cross-entropy of pixels",
    [logits],
    () => {
      const places = labelRows(graph, labels, classes);
      targets = classWeights
        ? mul(graph, places, graph.constant("float32", [classes], Float32Array.from(classWeights)))
        : places;
      logProbabilities = graph.node("LogSoftmax", [logits], { axis: 1 });
      if (hardExamples) {
        const labelled = reduceSum(graph, places, [1]);
        const own = exp(graph, reduceSum(graph, mul(graph, places, logProbabilities), [1]));
        const unlabelled = sub(graph, graph.scalar(2), scale(graph, labelled, 2));
        const hard = hardPixels(graph, add(graph, own, unlabelled), hardExamples);
        targets = mul(graph, targets, hard);
      }
      weights = reduceSum(graph, targets, [1]);
      const sum = reduceSum(graph, weights, [0, 1], false);
      const none = less(graph, sum, graph.scalar(smallestWeight));
      count = average === "all" ? graph.scalar(pixels) : where(graph, none, graph.scalar(1), sum);
      const total = reduceSum(graph, mul(graph, targets, logProbabilities), [0, 1], false);
      return [neg(graph, div(graph, total, count))];
    },
    (graph, [gradient]) => {
      const softmax = mul(graph, exp(graph, logProbabilities), weights);
      const factor = reshape(graph, div(graph, gradient!, count), [1, 1]);
      return [mul(graph, sub(graph, softmax, targets), factor)];
    },
  )[0]!;
}

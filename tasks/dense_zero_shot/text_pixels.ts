/**
 * Logits of pixels from texts: how near the embedding of each lies to that of each class name.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import type { DenseEncoder } from "../../core/methods/dense_encoder.ts";
import { bindConstants } from "../../core/methods/student_inference.ts";
import { l2Normalize } from "../../core/nn/l2_normalize.ts";
import { ModuleContext } from "../../core/nn/module_context.ts";
import type { MapDimensions } from "../../core/nn/resample.ts";
import { fusedMatMul, reshape } from "../../core/onnx/build.ts";
import { Graph, type Value } from "../../core/onnx/graph.ts";
import { foldBatchNorm } from "../../core/onnx/passes/fold_batch_norm.ts";
import type { TextBank } from "../../core/text/text_bank.ts";
import {
  graphPixelModel,
  outputPixels,
  type PixelOutput,
  type PixelSessionOptions,
} from "../segmentation/graph_pixel_model.ts";
import type { PixelModel } from "../segmentation/pixel_classifier.ts";
import { enlargePixels } from "../segmentation/segmenter_graph.ts";

/** What gives the logits. */
export interface TextPixelsOptions {
  readonly encoder: DenseEncoder;
  /** A row for each class. */
  readonly bank: TextBank;
  /** Of the model, for messages. */
  readonly name: string;
  /** Strides of the model beyond it become dilations. */
  readonly outputStride?: number;
}

/** Most classes: maps of labels are bytes, of which 255 is "not judged". */
const mostClasses = 255;
/** CLIP's scale of cosines. No class of a single look depends on it, but means of probabilities do. */
const logitScale = 100;

/**
 * Logits of the pixels of a map: 100 times the cosine with each text.
 *
 * @param images uint8 [1, 3, H, W].
 * @returns [height · width of the map, classes], with the size of the map.
 * @throws {ConfigError} where the embeddings and those of the texts are of different lengths.
 */
export function textLogits(
  context: ModuleContext,
  images: Value,
  { encoder, bank, name, outputStride }: TextPixelsOptions,
): MapDimensions & { readonly logits: Value } {
  const { graph } = context;
  const { rows, ...map } = encoder.embed(
    context,
    images,
    outputStride === undefined ? {} : { outputStride },
  );
  const { data, classes, dimension } = bank;
  if (classes > mostClasses) {
    throw new ConfigError(
      `Cannot segment by texts: there are ${classes} classes, possible are ${mostClasses}`,
    );
  }
  if (rows.shape[1] !== dimension) {
    throw new ConfigError(
      `Cannot segment by texts with ${name}: its embeddings have ${
        rows.shape[1]
      } numbers, and those of ` +
        `the texts ${dimension}: they are of different spaces. Use the text encoder of the teacher that ` +
        "the model was distilled from",
    );
  }
  const logits = fusedMatMul(
    graph,
    l2Normalize(graph, rows),
    graph.constant("float32", [classes, dimension], data, "texts"),
    { transB: true, alpha: logitScale },
  );
  return { ...map, logits };
}

/** A graph for one image of a size; see `graphPixelModel`. */
export function textPixelsGraph(
  size: MapDimensions,
  options: TextPixelsOptions,
  output: PixelOutput,
): Graph {
  const graph = new Graph("dense zero-shot");
  const bind = bindConstants(graph, options.encoder.weights);
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const images = graph.input("images", "uint8", [1, 3, size.height, size.width]);
  const { logits, height, width } = textLogits(context, images, options);
  outputPixels(graph, {
    map: reshape(graph, logits, [height, width, logits.shape[1]!]),
    enlarge: () => enlargePixels(graph, logits, { height, width }, size, { alignCorners: false }),
  }, output);
  return foldBatchNorm(graph);
}

/** Pixels that are told apart by texts. */
export function textPixelModel(
  options: TextPixelsOptions,
  sessions: PixelSessionOptions = {},
): PixelModel {
  return graphPixelModel({
    classes: options.bank.classes,
    alignCorners: false,
    build: (size, output) => textPixelsGraph(size, options, output),
  }, sessions);
}

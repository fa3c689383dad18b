/**
 * Grad-CAM: where in an image a model sees what a text says.
 *
 * Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
 * Localization", ICCV 2017: the channels of a feature map A are weighted by the spatial mean of the
 * gradient of the score, α_c = mean over pixels of ∂s/∂A_c, and the map is ReLU(Σ_c α_c A_c). The score
 * here is the cosine of the image's embedding with that of a text.
 *
 * @module
 */

import { gradients } from "../autodiff/gradients.ts";
import { floatTensor, Session } from "../engine/session.ts";
import { ConfigError, GraphError } from "../errors.ts";
import { imageBatchShape } from "../nn/layout.ts";
import { ModuleContext } from "../nn/module_context.ts";
import { mul, reduceMean, reduceSum, relu } from "../onnx/build.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { type FeatureMapName, featureMapNames, type MappedEncoder } from "./mapped_encoder.ts";
import { bindConstants } from "./student_inference.ts";

/**
 * Adds the maps of a batch to a graph.
 *
 * @param activations A feature map, [B, C, h, w].
 * @param score The sum of the scores of the images, one element; each must depend on its own image alone.
 * @returns `weights` α, [B, C, 1, 1], and `maps`, [B, h, w], not negative.
 * @throws {GraphError} where the activations are not a feature map, or the way from them to the score
 * cannot be differentiated.
 */
export function addGradCam(
  graph: Graph,
  { activations, score }: { readonly activations: Value; readonly score: Value },
): { weights: Value; maps: Value } {
  if (activations.shape.length !== 4) {
    throw new GraphError(
      `Cannot add Grad-CAM to ${graph.name}: expected a feature map [B, C, h, w], got ` +
        `[${activations.shape.join(", ")}]`,
    );
  }
  const [gradient] = gradients(graph, score, [activations]);
  const weights = reduceMean(graph, gradient!, [2, 3]);
  const weighted = reduceSum(graph, mul(graph, weights, activations), [1], false);
  return { weights, maps: relu(graph, weighted) };
}

/** The map that is looked at: a name, or the last one of 4 × 4 pixels or more. */
export type GradCamLayer = FeatureMapName | "auto";

/** Least side of a map that "auto" takes: a map of fewer pixels says nothing about places. */
const leastSide = 4;

/** The feature map of a choice. */
function chooseLayer(
  maps: Readonly<Record<FeatureMapName, Value>>,
  layer: GradCamLayer,
): FeatureMapName {
  if (layer !== "auto") return layer;
  const large = featureMapNames.filter((name) => {
    const [, , height, width] = maps[name].shape as [number, number, number, number];
    return Math.min(height, width) >= leastSide;
  });
  return large.at(-1) ?? featureMapNames[0];
}

/** What {@linkcode gradCam} is made of. */
export interface GradCamOptions {
  /** Bytes, [n, 3, size, size]. */
  readonly images: Uint8Array;
  /** Side of the images, pixels. */
  readonly imageSize: number;
  /** The text of each image, unit vectors [n, D]. */
  readonly texts: Float32Array;
  /** Length D of the embeddings. */
  readonly dimension: number;
  /** @default {"auto"} */
  readonly layer?: GradCamLayer;
  /** @default {1} */
  readonly threads?: number;
}

/** Grad-CAM of some images. */
export interface GradCamMaps {
  /** The feature map that was looked at. */
  readonly layer: FeatureMapName;
  /** [n, height, width], not negative, in the unit of the score. */
  readonly maps: Float32Array;
  readonly height: number;
  readonly width: number;
  /** Cosine of each image with its text, [n]. */
  readonly scores: Float32Array;
}

/**
 * Where in images a model sees what texts say.
 *
 * @throws {ConfigError} where there are no images, or sizes do not fit each other.
 */
export async function gradCam(
  encoder: MappedEncoder,
  { images, imageSize, texts, dimension, layer: choice = "auto", threads = 1 }: GradCamOptions,
): Promise<GradCamMaps> {
  const count = images.length / (3 * imageSize ** 2);
  if (!Number.isInteger(count) || count < 1 || texts.length !== count * dimension) {
    throw new ConfigError(
      `Cannot make Grad-CAM: expected images of 3 × ${imageSize} × ${imageSize} bytes with a text of ` +
        `${dimension} numbers each, got ${images.length} bytes and ${texts.length} numbers`,
    );
  }
  const graph = new Graph("Grad-CAM");
  const bind = bindConstants(graph, encoder.weights);
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const shape = imageBatchShape("nchw", count, imageSize);
  const { maps, embedding } = encoder.encode(context, graph.input("images", "uint8", shape));
  if (embedding.shape[1] !== dimension) {
    throw new ConfigError(
      `Cannot make Grad-CAM: the model embeds images as ${
        embedding.shape[1]
      } numbers, and the texts ` +
        `have ${dimension}: they are of different spaces`,
    );
  }
  const text = graph.input("text", "float32", [count, dimension]);
  const scores = reduceSum(graph, mul(graph, embedding, text), [1], false);
  const layer = chooseLayer(maps, choice);
  const [, , height, width] = maps[layer].shape as [number, number, number, number];
  const score = reduceSum(graph, scores, [0], false);
  graph.output("maps", addGradCam(graph, { activations: maps[layer], score }).maps);
  graph.output("scores", scores);
  const session = await Session.create(graph, { threads });
  try {
    const outputs = await session.run({
      images: { dtype: "uint8", shape, data: images },
      text: floatTensor(texts, [count, dimension]),
    });
    return {
      layer,
      maps: outputs["maps"]!.data as Float32Array,
      height,
      width,
      scores: outputs["scores"]!.data as Float32Array,
    };
  } finally {
    await session.release();
  }
}

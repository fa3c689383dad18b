/**
 * Runs the towers of `emoji-clip` on batches.
 *
 * @module
 */

import { floatTensor, Session } from "../../core/engine/session.ts";
import { imageBatchShape } from "../../core/methods/distillation_step.ts";
import { bindConstants } from "../../core/methods/student_inference.ts";
import { ModuleContext } from "../../core/nn/module_context.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { emojiClipSizes, imageTower, textTower } from "./towers.ts";

/** A context whose parameters are constants. */
function constantContext(graph: Graph, weights: NamedTensors): ModuleContext {
  const bind = bindConstants(graph, weights);
  return new ModuleContext(graph, {
    layout: "chwn",
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
}

/** Width of the image tower whose weights these are, as a share of ResNet-18's 64 first channels. */
function widthOf(weights: NamedTensors): number {
  return (weights.get("conv1.weight")?.shape[0] ?? NaN) / 64;
}

/** How towers are run. */
export interface EncoderOptions {
  /** Whether the embeddings are brought to unit length. @default {true} */
  readonly unitLength?: boolean;
}

/** Embeds batches of images, [3, S, S, B] bytes to [B, 256] unit vectors. */
export class ImageEncoder {
  readonly #session: Session;
  readonly batchSize: number;

  private constructor(session: Session, batchSize: number) {
    this.#session = session;
    this.batchSize = batchSize;
  }

  /** Loads the image tower for a fixed batch size. */
  static async create(
    weights: NamedTensors,
    { batchSize, threads = 1, unitLength = true }:
      & { batchSize: number; threads?: number }
      & EncoderOptions,
  ): Promise<ImageEncoder> {
    const graph = new Graph("emoji-clip image tower");
    const context = constantContext(graph, weights);
    const shape = imageBatchShape("chwn", batchSize, emojiClipSizes.imageSize);
    const options = { widthMultiplier: widthOf(weights), unitLength };
    graph.output("embedding", imageTower(context, graph.input("images", "uint8", shape), options));
    return new ImageEncoder(await Session.create(graph, { threads }), batchSize);
  }

  /** Embeds one full batch. */
  async encode(images: Uint8Array): Promise<Float32Array> {
    const shape = imageBatchShape("chwn", this.batchSize, emojiClipSizes.imageSize);
    const outputs = await this.#session.run({ images: { dtype: "uint8", shape, data: images } });
    return outputs["embedding"]!.data as Float32Array;
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** Embeds caption vectors, [n, 100] to [n, 256] unit vectors. */
export async function encodeCaptionVectors(
  weights: NamedTensors,
  captions: Float32Array,
  { unitLength = true }: EncoderOptions = {},
): Promise<Float32Array> {
  const { captionLength, dimension } = emojiClipSizes;
  const count = captions.length / captionLength;
  const graph = new Graph("emoji-clip text tower");
  const context = constantContext(graph, weights);
  graph.output(
    "embedding",
    textTower(context, graph.input("captions", "float32", [count, captionLength]), { unitLength }),
  );
  const session = await Session.create(graph);
  const outputs = await session.run({ captions: floatTensor(captions, [count, captionLength]) });
  await session.release();
  const embedding = outputs["embedding"]!.data as Float32Array;
  return embedding.slice(0, count * dimension);
}

/** Root of the mean squared length of rows. */
function rootMeanSquaredLength(rows: Float32Array): number {
  const squares = rows.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(squares / (rows.length / emojiClipSizes.dimension));
}

/**
 * Root of the mean squared length of the embeddings before they are brought to unit length.
 *
 * @param batch Images [3, S, S, B] and caption vectors [n, 100].
 */
export async function embeddingLengths(
  weights: NamedTensors,
  { images, captions }: { readonly images: Uint8Array; readonly captions: Float32Array },
): Promise<{ image: number; text: number }> {
  const batchSize = images.length / (3 * emojiClipSizes.imageSize ** 2);
  const encoder = await ImageEncoder.create(weights, { batchSize, unitLength: false });
  const image = rootMeanSquaredLength(await encoder.encode(images));
  await encoder.release();
  const texts = await encodeCaptionVectors(weights, captions, { unitLength: false });
  return { image, text: rootMeanSquaredLength(texts) };
}

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
    { batchSize, threads = 1 }: { batchSize: number; threads?: number },
  ): Promise<ImageEncoder> {
    const graph = new Graph("emoji-clip image tower");
    const context = constantContext(graph, weights);
    const shape = imageBatchShape("chwn", batchSize, emojiClipSizes.imageSize);
    graph.output("embedding", imageTower(context, graph.input("images", "uint8", shape)));
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
): Promise<Float32Array> {
  const { captionLength, dimension } = emojiClipSizes;
  const count = captions.length / captionLength;
  const graph = new Graph("emoji-clip text tower");
  const context = constantContext(graph, weights);
  graph.output(
    "embedding",
    textTower(context, graph.input("captions", "float32", [count, captionLength])),
  );
  const session = await Session.create(graph);
  const outputs = await session.run({ captions: floatTensor(captions, [count, captionLength]) });
  await session.release();
  const embedding = outputs["embedding"]!.data as Float32Array;
  return embedding.slice(0, count * dimension);
}

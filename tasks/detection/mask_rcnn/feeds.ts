/**
 * A batch of a detector as the feeds of a training step, and back.
 *
 * @module
 */

import type { HostTensor } from "../../../core/engine/session.ts";
import { floatTensor } from "../../../core/engine/session.ts";
import { EngineError } from "../../../core/errors.ts";
import type { Feeds } from "../../../core/train/batch_source.ts";
import type { DetectionBatch, DetectionTruth } from "../../../core/vision/detection_batch.ts";

/** What a step reads of the truth of an image. */
export type TrainingTruth = Pick<DetectionTruth, "boxes" | "labels" | "crowd" | "mask">;

/** What a step reads of a batch. */
export interface TrainingBatch {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Size of each image without its padding. */
  readonly sizes: readonly { readonly height: number; readonly width: number }[];
  readonly truth: readonly TrainingTruth[];
}

/** A mask that is drawn when its numbers are read. */
function lazyMask(
  truth: TrainingTruth,
  object: number,
  { height, width }: { readonly height: number; readonly width: number },
): HostTensor {
  return {
    dtype: "uint8",
    shape: [height, width],
    get data() {
      return truth.mask(object);
    },
  };
}

/** Rows and columns of each image, [B, 2]. */
export function sizesTensor(sizes: DetectionBatch["sizes"]): HostTensor {
  const numbers = sizes.flatMap(({ height, width }) => [height, width]);
  return floatTensor(Float32Array.from(numbers), [sizes.length, 2]);
}

/**
 * The feeds of a training step: `images`, `sizes`, and for each image b `truth/b/boxes`, `labels`,
 * `crowd` and `mask/k` of each object k, drawn when it is read.
 */
export function detectionFeeds(batch: DetectionBatch): Feeds {
  const { images, height, width, sizes, truth } = batch;
  const feeds: Record<string, HostTensor> = {
    images: { dtype: "uint8", shape: [sizes.length, 3, height, width], data: images },
    sizes: sizesTensor(sizes),
  };
  truth.forEach((objects, index) => {
    const { boxes, labels, crowd } = objects, count = labels.length;
    const name = `truth/${index}`;
    feeds[`${name}/boxes`] = floatTensor(boxes, [count, 4]);
    feeds[`${name}/labels`] = { dtype: "int32", shape: [count], data: Int32Array.from(labels) };
    feeds[`${name}/crowd`] = { dtype: "uint8", shape: [count], data: crowd };
    for (let object = 0; object < count; object++) {
      feeds[`${name}/mask/${object}`] = lazyMask(objects, object, sizes[index]!);
    }
  });
  return feeds;
}

/**
 * Reads a batch back from its feeds.
 *
 * @throws {EngineError} when something is missing.
 */
export function readFeeds(feeds: Feeds): TrainingBatch {
  const feed = (name: string) => {
    const tensor = feeds[name];
    if (!tensor) throw new EngineError(`Cannot train a detector: no feed "${name}"`);
    return tensor;
  };
  const [batch, , height, width] = feed("images").shape as [number, number, number, number];
  const lengths = feed("sizes").data;
  const images = [...Array(batch).keys()];
  return {
    batch,
    height,
    width,
    sizes: images.map((image) => ({
      height: Number(lengths[2 * image]),
      width: Number(lengths[2 * image + 1]),
    })),
    truth: images.map((image) => ({
      boxes: feed(`truth/${image}/boxes`).data as Float32Array,
      labels: Uint32Array.from(feed(`truth/${image}/labels`).data as Int32Array),
      crowd: feed(`truth/${image}/crowd`).data as Uint8Array,
      mask: (object) => feed(`truth/${image}/mask/${object}`).data as Uint8Array,
    })),
  };
}

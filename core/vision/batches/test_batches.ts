/**
 * Batches for testing a detector: every image of a split once, not mirrored.
 *
 * @module
 */

import type { InstancesAnnotation } from "../../data/annotation.ts";
import type { Dataset, SkippedImage, SplitName } from "../../data/dataset.ts";
import { rangeProblem } from "../../data/image_size.ts";
import { ConfigError } from "../../errors.ts";
import type { DetectionBatch } from "../detection_batch.ts";
import { annotatedSize, type BatchOrder, BatchRoom, type BatchRoomOptions } from "./batch_room.ts";
import { ShapeBuckets, type ShapeOptions } from "./shape_buckets.ts";

/** What test batches are made of. */
export interface TestBatchesOptions extends Omit<ShapeOptions, "shortSides">, BatchRoomOptions {
  readonly shortSide: number;
  readonly batchSize: number;
  /**
   * Images that are looked at together to find those of one shape: batches of one window come before
   * those of the next. @default {64 times the batch size}
   */
  readonly window?: number;
  /** Images to test, by their indices, rising. @default {all} */
  readonly samples?: ArrayLike<number>;
}

/** Batches made ahead of the one in use. */
const ahead = 2;

/** Batches of a split for tests. */
export interface TestBatches extends AsyncIterable<DetectionBatch> {
  /** Images that are tested. */
  readonly count: number;
  /** What was left out so far: found while listing, and images that could not be decoded. */
  readonly skipped: readonly SkippedImage[];
  /**
   * Each image once, in the order of the split within each shape. Places that are not needed, and those
   * of damaged images, have sample index −1. Where all images have one shape, the order is the split's.
   *
   * @throws {DataError} where more images are damaged than allowed, or an annotation is.
   */
  [Symbol.asyncIterator](): AsyncIterator<DetectionBatch>;
}

/** The images of batches, in order: those of a window by shape. */
function* planTests(
  samples: ArrayLike<number>,
  bucketOf: (sample: number) => number,
  batchSize: number,
  window: number,
): Generator<{ readonly bucket: number; readonly samples: readonly number[] }> {
  for (let first = 0; first < samples.length; first += window) {
    const end = Math.min(samples.length, first + window);
    const groups = new Map<number, number[]>();
    for (let index = first; index < end; index++) {
      const sample = samples[index]!, bucket = bucketOf(sample);
      const group = groups.get(bucket) ?? [];
      groups.set(bucket, group);
      group.push(sample);
      if (group.length === batchSize) {
        groups.delete(bucket);
        yield { bucket, samples: group };
      }
    }
    for (const [bucket, group] of groups) yield { bucket, samples: group };
  }
}

/**
 * Opens batches of a split for tests.
 *
 * @throws {ConfigError} naming every wrong option.
 */
export async function openTestBatches(
  dataset: Dataset<InstancesAnnotation>,
  split: SplitName,
  options: TestBatchesOptions,
): Promise<TestBatches> {
  const { batchSize, shortSide, longSide, rounding } = options;
  const window = options.window ?? 64 * batchSize;
  const problems = [
    rangeProblem("batchSize", batchSize, 1, 1024),
    rangeProblem("window", window, 1, Number.MAX_SAFE_INTEGER),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new ConfigError(`Cannot batch images: ${problems.join("; ")}`);
  const shapes = new ShapeBuckets({ ...options, shortSides: [shortSide] });
  const rule = { shortSide, longSide, ...(rounding === undefined ? {} : { rounding }) };
  const list = await dataset.samples(split);
  const samples = options.samples ?? Uint32Array.from({ length: list.length }, (_, index) => index);
  const bucketOf = (sample: number) => shapes.bucketOf(annotatedSize(dataset, split, sample));
  const damaged = new Map<string, SkippedImage>();
  async function* iterate(): AsyncGenerator<DetectionBatch> {
    const room = new BatchRoom(dataset, split, list, options);
    const pending: Promise<DetectionBatch>[] = [];
    try {
      for (const { bucket, samples: own } of planTests(samples, bucketOf, batchSize, window)) {
        const order: BatchOrder = {
          shape: shapes.shapeOf(bucket, shortSide),
          rule,
          mirrored: new Uint8Array(batchSize),
          sample: (place, attempt) => attempt === 0 ? own[place] : undefined,
        };
        const batch = room.make(order);
        batch.catch(() => {});
        pending.push(batch);
        if (pending.length > ahead) yield await pending.shift()!;
      }
      while (pending.length > 0) yield await pending.shift()!;
    } finally {
      for (const image of room.damaged) damaged.set(image.path, image);
      await room.release();
      await Promise.allSettled(pending);
    }
  }
  return {
    count: samples.length,
    get skipped() {
      return [...dataset.skipped(split), ...damaged.values()];
    },
    [Symbol.asyncIterator]: iterate,
  };
}

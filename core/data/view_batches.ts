/**
 * What a training reads of the data: batches of views, by the number of the step, either of a fixed
 * set or drawn afresh.
 *
 * @module
 */

import type { EpochOrder } from "./batches.ts";
import type { SkippedImage } from "./dataset.ts";

/** One batch; it stays until the next is asked for. */
export interface ViewBatch {
  /**
   * Bytes 0 to 255 by view, size and replica: `images[view][size][replica]` is
   * `[3, H, W, B / replicas]`, in memory that is not shared, as the runtime wants it.
   */
  readonly images: readonly (readonly (readonly Uint8Array[])[])[];
  /**
   * What is in each place, by view, `[B]`: the index of the view in a fixed set
   * (`sample * viewsPerSample + view`), or of the sample where views are fresh.
   */
  readonly rows: readonly Uint32Array[];
  /** Label of each place, `[B]`; −1 where the annotations are not labels. */
  readonly labels: Int32Array;
}

/** Batches for ever, epoch after epoch. */
export interface ViewBatches {
  /** Whether every epoch shows the same views, so that what is computed of them can be kept. */
  readonly fixed: boolean;
  /** Images (views of a fixed set) of an epoch. */
  readonly count: number;
  readonly batchSize: number;
  /** Equal parts of a batch. */
  readonly replicas: number;
  /** Independent views of each image in a batch. */
  readonly viewsPerStep: number;
  /** Sides of the images, in pixels. */
  readonly imageSizes: readonly number[];
  readonly stepsPerEpoch: number;
  /** Images that are left out; of fresh views, as far as they were met. */
  readonly skipped: readonly SkippedImage[];
  /** Content key: everything that determines the batches but their order. */
  readonly hash: string;
  /**
   * The batch of a step, from 0; the same whenever it is asked for. Steps in rising order are
   * quickest.
   *
   * @throws {DataError} where more images are damaged than allowed.
   */
  batch(step: number): Promise<ViewBatch>;
  /** Ends workers and closes files. */
  release(): Promise<void>;
}

/** Other samples that stand beside a sample in a batch. */
export interface ViewNeighbours {
  /** How many of the views of a step, the last ones, are of a neighbour. */
  readonly views: number;
  /** Indices of the samples a neighbour is drawn from, [samples, count]. */
  readonly indices: Uint32Array;
  /** Neighbours of each sample. */
  readonly count: number;
}

/** How batches are made. */
export interface ViewBatchesOptions {
  readonly batchSize: number;
  /** Equal parts of a batch, each a tensor of its own; divides the batch size. @default {1} */
  readonly replicas?: number;
  /** Fixes the order, and fresh views. */
  readonly seed: number;
  /** Independent views of each image in a batch. @default {1} */
  readonly viewsPerStep?: number;
  /** Neighbours of which the last views are; none where absent. Views must be fixed. */
  readonly neighbours?: ViewNeighbours | undefined;
  /** Order of the images in an epoch. @default {`epochOrder`} */
  readonly order?: EpochOrder;
}

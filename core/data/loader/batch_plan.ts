/**
 * Which images, and which views of them, make a batch: a pure function of the seed and the step.
 *
 * @module
 */

import { checkedOrder, type EpochOrder, epochOrder } from "../batches.ts";
import { seedOfFreshView, seedOfView } from "../views/view_seed.ts";

/** What fixes the batches of a loader. */
export interface BatchPlanOptions {
  /** How many files there are. */
  readonly count: number;
  readonly batchSize: number;
  readonly seed: number;
  /**
   * Views to which every image is limited: epoch e shows view e modulo this number, the same that
   * `loadViews` draws. Default: a fresh view in every epoch.
   */
  readonly fixedViews?: number | undefined;
  /** Views of each image in a batch. @default {1} */
  readonly views?: number;
  /** Order of the images in an epoch. @default {`epochOrder`} */
  readonly order?: EpochOrder | undefined;
}

/** The images of a step, in the order of their places. */
export interface PlannedBatch {
  readonly epoch: number;
  /** Seeds of the views; each with an image's id fixes a view of the image. */
  readonly viewSeeds: readonly number[];
  /**
   * Index of the file for a place of the batch.
   *
   * @param attempt 0; where that file is damaged, 1, 2, …: those that follow in the epoch's order.
   */
  sample(place: number, attempt: number): number;
}

/** Steps from 0 to batches. An epoch shows every image once; the last, incomplete batch is dropped. */
export class BatchPlan {
  readonly stepsPerEpoch: number;
  readonly #options: BatchPlanOptions;
  #epoch = 0;
  #order: Uint32Array;

  /** @throws {ConfigError} where there are fewer files than one batch takes. */
  constructor(options: BatchPlanOptions) {
    this.#options = options;
    this.#order = this.#orderOf(0);
    this.stepsPerEpoch = this.#order.length / options.batchSize;
  }

  #orderOf(epoch: number): Uint32Array {
    const { count, batchSize, seed, order = epochOrder } = this.#options;
    return checkedOrder(order, { count, batchSize, seed, epoch });
  }

  /** The batch of a step. */
  batch(step: number): PlannedBatch {
    const { batchSize, seed, fixedViews, views = 1 } = this.#options;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#order = this.#orderOf(epoch);
      this.#epoch = epoch;
    }
    const order = this.#order;
    const first = (step - epoch * this.stepsPerEpoch) * batchSize;
    const viewSeeds = Array.from(
      { length: views },
      (_, view) =>
        fixedViews === undefined
          ? seedOfFreshView(seed, epoch, view)
          : seedOfView(seed, (epoch * views + view) % fixedViews),
    );
    return {
      epoch,
      viewSeeds,
      sample: (place, attempt) => order[(first + place + attempt) % order.length]!,
    };
  }
}

/**
 * Which images, and which views of them, make a batch: a pure function of the seed and the step.
 *
 * @module
 */

import { RandomStream } from "../../random.ts";
import { epochOrder } from "../batches.ts";
import { seedOfView } from "../views/view_seed.ts";

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
}

/** The images of a step, in the order of their places. */
export interface PlannedBatch {
  readonly epoch: number;
  /** Seed of the views; with an image's id it fixes the image's view. */
  readonly viewSeed: number;
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
    this.#order = epochOrder({ ...options, epoch: 0 });
    this.stepsPerEpoch = this.#order.length / options.batchSize;
  }

  /** The batch of a step. */
  batch(step: number): PlannedBatch {
    const { batchSize, seed, fixedViews } = this.#options;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#order = epochOrder({ ...this.#options, epoch });
      this.#epoch = epoch;
    }
    const order = this.#order;
    const first = (step - epoch * this.stepsPerEpoch) * batchSize;
    const viewSeed = fixedViews === undefined
      ? new RandomStream(seed, "fresh views", epoch).uint32()
      : seedOfView(seed, epoch % fixedViews);
    return {
      epoch,
      viewSeed,
      sample: (place, attempt) => order[(first + place + attempt) % order.length]!,
    };
  }
}

/**
 * Messages between a loader and its workers. Pixels do not travel: they are in shared memory.
 *
 * @module
 */

import type { AugmentationRecipe } from "../augmentation/recipes.ts";
import type { BatchLayout } from "../batches.ts";

/** One image file. */
export interface ImageFile {
  readonly path: string;
  /** Names the image's random numbers and the image in reports; unlike the path, it never moves. */
  readonly id: string;
}

/** What a worker is told once. */
export interface WorkerSetup {
  readonly type: "setup";
  readonly files: readonly ImageFile[];
  readonly recipe: AugmentationRecipe;
  readonly imageSize: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly fixedViews: number | undefined;
  readonly layout: BatchLayout;
  /** Places of every batch that this worker fills: first, and the one behind the last. */
  readonly places: readonly [number, number];
  /** Ring of batches, each of batchSize × 3 × imageSize² bytes. */
  readonly ring: SharedArrayBuffer;
  /** Images that may be damaged; a worker that finds more gives up. */
  readonly maximumDamaged: number;
}

/** Fill the worker's places of a batch. */
export interface FillRequest {
  readonly type: "fill";
  readonly step: number;
  /** Place of the batch in the ring. */
  readonly slot: number;
}

/** Finish the image at hand and end. */
export interface StopRequest {
  readonly type: "stop";
}

/** What a worker is sent. */
export type LoaderRequest = WorkerSetup | FillRequest | StopRequest;

/** The worker's places of a batch are filled. */
export interface FilledReport {
  readonly type: "filled";
  readonly step: number;
  /** Indices of the files that were drawn, one for each of the worker's places. */
  readonly samples: Uint32Array;
}

/** A file cannot be decoded; sent once per file and worker. */
export interface DamagedReport {
  readonly type: "damaged";
  readonly sample: number;
  readonly reason: string;
}

/** The worker cannot go on. */
export interface FailedReport {
  readonly type: "failed";
  readonly message: string;
}

/** The worker ends now. */
export interface StoppedReport {
  readonly type: "stopped";
}

/** What a worker sends. */
export type LoaderReport = FilledReport | DamagedReport | FailedReport | StoppedReport;

/**
 * Messages between a loader and its workers. Pixels do not travel: they are in shared memory. Nor do
 * lists: every request names the images that it is about.
 *
 * @module
 */

import type { AugmentationRecipe } from "../augmentation/recipes.ts";
import type { BatchLayout } from "../batches.ts";
import type { DecodingBudget } from "../decoding/decoding_budget.ts";
import type { ImageOrigin } from "../views/image_drawer.ts";

/** What a batch is made of, and where its parts lie in memory. */
export interface BatchShape {
  readonly batchSize: number;
  /** Views of each image. */
  readonly views: number;
  /** Sides at which every view is drawn, in pixels. */
  readonly imageSizes: readonly number[];
  /** Equal parts of a batch, each with memory of its own. */
  readonly replicas: number;
  readonly layout: BatchLayout;
}

/** What a worker is told once. */
export interface FillerSetup extends BatchShape {
  readonly type: "setup";
  /** Undefined in the loader's own thread, which has the data set. */
  readonly origin: ImageOrigin | undefined;
  readonly recipe: AugmentationRecipe;
  /** Ring of batches, each of `batchBytes` bytes. */
  readonly ring: SharedArrayBuffer;
  readonly budget: DecodingBudget;
}

/** Draw some places of a batch. */
export interface FillRequest {
  readonly type: "fill";
  readonly step: number;
  /** Place of the batch in the ring. */
  readonly slot: number;
  /** Seeds of the views of each image. */
  readonly viewSeeds: readonly number[];
  /** Places of the batch, rising. */
  readonly places: Uint32Array;
  /** Images that go there: index, id, and path where images are files. */
  readonly samples: Uint32Array;
  readonly ids: readonly string[];
  readonly paths: readonly string[] | undefined;
}

/** Finish the image at hand and end. */
export interface StopRequest {
  readonly type: "stop";
}

/** What a worker is sent. */
export type LoaderRequest = FillerSetup | FillRequest | StopRequest;

/** A place whose image cannot be decoded. */
export interface DamagedPlace {
  readonly place: number;
  readonly sample: number;
  readonly reason: string;
}

/** The places of a request are drawn, but for those of damaged images. */
export interface FilledReport {
  readonly type: "filled";
  readonly step: number;
  readonly damaged: readonly DamagedPlace[];
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
export type LoaderReport = FilledReport | FailedReport | StoppedReport;

/** Where a part of a batch lies in the memory of the batch. */
export interface BatchBlock {
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a batch. */
export function batchBytes({ batchSize, views, imageSizes }: BatchShape): number {
  return imageSizes.reduce((sum, side) => sum + views * batchSize * 3 * side ** 2, 0);
}

/** The block of a view, a size and a replica. */
export function batchBlock(
  { batchSize, imageSizes, replicas }: BatchShape,
  view: number,
  size: number,
  replica: number,
): BatchBlock {
  const bytes = imageSizes.map((side) => batchSize * 3 * side ** 2);
  const perView = bytes.reduce((sum, value) => sum + value, 0);
  const before = bytes.slice(0, size).reduce((sum, value) => sum + value, 0);
  const length = bytes[size]! / replicas;
  return { offset: view * perView + before + replica * length, length };
}

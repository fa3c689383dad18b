/**
 * Data sets: named classes, splits with roles, images with annotations; views drawn of them from a
 * counted seed, and batches of views. A data set lists and decodes; views, caches and batches are
 * shared code over that.
 *
 * @example The embedded data
 * ```ts
 * import assert from "node:assert/strict";
 * import { getDataset, splitNames } from "@lgd-bench/lgd-bench/data";
 *
 * const dataset = await getDataset("emojinet-100");
 * assert.equal(dataset.classNames.length, 100);
 * assert.deepEqual(splitNames(dataset), ["train", "dev", "val", "ood"]);
 * const samples = await dataset.samples("val");
 * assert.ok(dataset.classNames[samples.label(0)]!.length > 0);
 * ```
 *
 * @module
 */

export type {
  Annotation,
  CategoryFrequency,
  FederatedCategories,
  InstanceMask,
  InstancesAnnotation,
  LabelAnnotation,
  NoAnnotation,
  SegmentationAnnotation,
} from "./annotation.ts";
export type { RgbImage } from "./augmentation/image_memory.ts";
export { type BatchLayout, epochOrder, type EpochOrderOptions, fillBatch } from "./batches.ts";
export {
  type Dataset,
  type DecodeOptions,
  getSplit,
  type SkippedImage,
  type SplitInfo,
  type SplitName,
  splitNames,
  type SplitRole,
  trainSplit,
  type ViewComposer,
  type ViewSource,
} from "./dataset.ts";
export { decodeImage, decodeImageBytes } from "./decoding/image_decoder.ts";
export type { ImageSize } from "./decoding/image_header.ts";
export { fixedViewBatches } from "./fixed_view_batches.ts";
export { freshViewBatches, type FreshViewBatchesOptions } from "./fresh_view_batches.ts";
export { createLoader, type ImageLoader } from "./loader/loader.ts";
export type { LoaderOptions } from "./loader/loader_options.ts";
export {
  type DatasetFamily,
  type DatasetLoader,
  datasetNames,
  getDataset,
  registerDataset,
  registerDatasetFamily,
  type RegisterDatasetOptions,
} from "./registry.ts";
export { type Sample, SampleList } from "./sample_list.ts";
export { verifyData, type VerifyReport } from "./verify.ts";
export type { ViewBatch, ViewBatches, ViewBatchesOptions } from "./view_batches.ts";
export { loadViews, type LoadViewsOptions } from "./views/load_views.ts";
export { openViews, type OpenViewsOptions } from "./views/open_views.ts";
export { closeViews, countViews, readViews, type ViewSet } from "./views/view_set.ts";
export { seedOfView } from "./views/view_seed.ts";

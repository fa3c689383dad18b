/**
 * Data sets: named classes, splits with roles, views drawn from a counted seed, batches.
 *
 * @module
 */

export * from "./annotation.ts";
export * from "./batches.ts";
export * from "./dataset.ts";
export type { RgbImage } from "./augmentation/image_memory.ts";
export { decodeImage, decodeImageBytes } from "./decoding/image_decoder.ts";
export * from "./image_size.ts";
export * from "./pixel_nearest_neighbour.ts";
export {
  type DatasetFamily,
  type DatasetLoader,
  datasetNames,
  getDataset,
  registerDataset,
  registerDatasetFamily,
  type RegisterDatasetOptions,
} from "./registry.ts";
export { creditLines } from "./readers/emoji/credits.ts";
export * from "./sample_list.ts";
export * from "./verify.ts";
export { loadViews, type LoadViewsOptions } from "./views/load_views.ts";
export { openViews, type OpenViewsOptions } from "./views/open_views.ts";
export { seedOfView } from "./views/view_seed.ts";
export * from "./views/view_set.ts";
export * from "./warnings.ts";
export * from "./view_batches.ts";
export { fixedViewBatches } from "./fixed_view_batches.ts";
export { freshViewBatches, type FreshViewBatchesOptions } from "./fresh_view_batches.ts";
export { createLoader, type ImageLoader } from "./loader/loader.ts";
export type { LoaderOptions } from "./loader/loader_options.ts";

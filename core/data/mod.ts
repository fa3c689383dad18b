/**
 * Datasets: named classes, splits by artist, views drawn from a counted seed, batches.
 *
 * @module
 */

export * from "./batches.ts";
export * from "./dataset.ts";
export {
  type Concept,
  type ConceptSplit,
  loadConcepts,
  loadConceptsById,
} from "./readers/emoji/concepts.ts";
export * from "./readers/emoji/credits.ts";
export * from "./get_dataset.ts";
export * from "./pixel_nearest_neighbour.ts";
export * from "./verify.ts";
export { sharedBytes } from "./view_cache.ts";
export { seedOfView } from "./readers/emoji/views/composed_view.ts";
export * from "./warnings.ts";

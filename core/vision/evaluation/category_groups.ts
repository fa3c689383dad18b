/**
 * Detections and objects of one image by category.
 *
 * @module
 */

/** Detections and objects of one category, as indices. */
export interface CategoryGroup {
  /** The best first. */
  readonly detections: readonly number[];
  readonly objects: readonly number[];
}

/**
 * Groups by category, the lowest category first.
 *
 * @param order Detections, the best first.
 * @param labels Category of each detection.
 * @param objects Objects, in their order.
 * @param categories Category of each object.
 * @param limit Detections of a category that are kept, the best ones.
 */
export function groupByCategory(
  order: Uint32Array,
  labels: Uint32Array,
  objects: readonly number[],
  categories: Uint32Array,
  limit: number,
): ReadonlyMap<number, CategoryGroup> {
  const groups = new Map<number, { detections: number[]; objects: number[] }>();
  const groupOf = (category: number) => {
    let group = groups.get(category);
    if (group === undefined) groups.set(category, group = { detections: [], objects: [] });
    return group;
  };
  for (const detection of order) {
    const { detections } = groupOf(labels[detection]!);
    if (detections.length < limit) detections.push(detection);
  }
  for (const object of objects) groupOf(categories[object]!).objects.push(object);
  return new Map([...groups].sort(([a], [b]) => a - b));
}

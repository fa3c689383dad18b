/**
 * Circles in a directed graph of files.
 *
 * @module
 */

/** For each file, the files that it imports. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Groups of files that all reach each other: the strongly connected components that hold a circle
 * (Tarjan, "Depth-first search and linear graph algorithms", 1972). Each is sorted, and so are they.
 */
export function findKnots(edges: ImportGraph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const knots: string[][] = [];
  const visit = (path: string): void => {
    order.set(path, order.size);
    lowest.set(path, order.get(path)!);
    open.push(path);
    isOpen.add(path);
    for (const next of edges.get(path) ?? []) {
      if (!order.has(next)) visit(next);
      else if (!isOpen.has(next)) continue;
      lowest.set(path, Math.min(lowest.get(path)!, lowest.get(next)!));
    }
    if (lowest.get(path) !== order.get(path)) return;
    const knot = open.splice(open.indexOf(path));
    for (const member of knot) isOpen.delete(member);
    const importsItself = edges.get(path)?.includes(path) ?? false;
    if (knot.length > 1 || importsItself) knots.push(knot.sort());
  };
  for (const path of edges.keys()) if (!order.has(path)) visit(path);
  return knots.sort(([a], [b]) => a! < b! ? -1 : 1);
}

/** A shortest circle through a file of a knot, as the paths along it. */
function shortestCircle(start: string, knot: ReadonlySet<string>, edges: ImportGraph): string[] {
  const trails: string[][] = [[start]];
  const seen = new Set<string>();
  for (const trail of trails) {
    for (const next of edges.get(trail.at(-1)!) ?? []) {
      if (next === start) return [...trail, start];
      if (!knot.has(next) || seen.has(next)) continue;
      seen.add(next);
      trails.push([...trail, next]);
    }
  }
  throw new Error(`internal: no circle through ${start}`);
}

/** A sentence with one circle of a knot, and with the files of the knot that are not on it. */
export function describeCircle(knot: readonly string[], edges: ImportGraph): string {
  const circle = shortestCircle(knot[0]!, new Set(knot), edges);
  const others = knot.filter((path) => !circle.includes(path));
  return `files import each other: ${circle.join(" → ")}` +
    (others.length > 0 ? `, and with them ${others.join(", ")}` : "");
}

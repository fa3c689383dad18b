/**
 * A ragged number of boxes in runs of fixed sizes.
 *
 * @module
 */

/** A run over some of the boxes. */
export interface Chunk {
  readonly begin: number;
  readonly end: number;
  /** Rows of the graph that runs; those beyond the boxes are padding. */
  readonly rows: number;
}

/** The smallest run. */
const fewest = 8;

/**
 * Parts boxes into runs of `most` rows and one of the smallest power-of-two part of it that holds the
 * rest, so that a handful of graphs serve every number.
 */
export function chunksOf(count: number, most: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let begin = 0; begin < count;) {
    const left = count - begin;
    let rows = most;
    while (rows / 2 >= Math.max(left, fewest) && rows % 2 === 0) rows /= 2;
    const end = Math.min(count, begin + rows);
    chunks.push({ begin, end, rows });
    begin = end;
  }
  return chunks;
}

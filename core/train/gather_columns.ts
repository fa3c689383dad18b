/**
 * Batches of another size from the columns of others.
 *
 * @module
 */

/**
 * Columns of several matrices side by side, as one matrix.
 *
 * @param parts Matrices `[length, width]`, which follow each other.
 * @param range From column `first` on `count` columns; those behind `last` repeat it.
 * @returns `[length, count]`
 */
export function gatherColumns(
  parts: readonly Uint8Array[],
  length: number,
  width: number,
  { first, count, last }: { first: number; count: number; last: number },
): Uint8Array {
  const output = new Uint8Array(length * count);
  for (let place = 0; place < count; place++) {
    const column = Math.min(first + place, last);
    const from = parts[Math.floor(column / width)]!;
    for (let row = 0, at = column % width, to = place; row < length; row++) {
      output[to] = from[at]!;
      at += width;
      to += count;
    }
  }
  return output;
}

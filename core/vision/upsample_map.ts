/**
 * Enlarges maps of numbers.
 *
 * @module
 */

/** For each place of an axis: the two places between which it lies, and the share of the second. */
function axisPlaces(from: number, to: number) {
  return Array.from({ length: to }, (_, place) => {
    const at = Math.min(from - 1, Math.max(0, (place + 0.5) * from / to - 0.5));
    const first = Math.floor(at);
    return { first, second: Math.min(from - 1, first + 1), share: at - first };
  });
}

/**
 * A map at another size, bilinear between the middles of its pixels (`F.interpolate` with `align_corners`
 * false).
 *
 * @param map [height, width].
 * @returns [to.height, to.width].
 */
export function upsampleMap(
  map: ArrayLike<number>,
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
): Float32Array {
  const rows = axisPlaces(from.height, to.height), columns = axisPlaces(from.width, to.width);
  const result = new Float32Array(to.height * to.width);
  rows.forEach((row, y) =>
    columns.forEach((column, x) => {
      const line = (at: number) =>
        map[at * from.width + column.first]! * (1 - column.share) +
        map[at * from.width + column.second]! * column.share;
      result[y * to.width + x] = line(row.first) * (1 - row.share) + line(row.second) * row.share;
    })
  );
  return result;
}

/**
 * The outline of a mask, as drawings need it.
 *
 * @module
 */

/** Directions of the edges of pixels: right, down, left, up. */
const steps = [[1, 0], [0, 1], [-1, 0], [0, -1]] as const;

/**
 * Edges between inside and outside, with the inside to their right, by where they begin: a bit for each
 * direction.
 */
function findEdges(mask: ArrayLike<number>, width: number, height: number): Uint8Array {
  const inside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] !== 0;
  const edges = new Uint8Array((width + 1) * (height + 1));
  const mark = (x: number, y: number, direction: number) => {
    edges[y * (width + 1) + x]! |= 1 << direction;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) mark(x, y, 0);
      if (!inside(x + 1, y)) mark(x + 1, y, 1);
      if (!inside(x, y + 1)) mark(x + 1, y + 1, 2);
      if (!inside(x - 1, y)) mark(x, y + 1, 3);
    }
  }
  return edges;
}

/**
 * The outline of a mask as an SVG path along the edges of its pixels; parts and holes are loops of their
 * own, to be filled by the even-odd rule. Empty for an empty mask.
 *
 * @param mask Row by row, 0 outside, `[height, width]`.
 */
export function maskOutline(
  mask: ArrayLike<number>,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const edges = findEdges(mask, width, height);
  const row = width + 1;
  let path = "";
  for (let start = 0; start < edges.length; start++) {
    while (edges[start] !== 0) {
      let x = start % row, y = Math.floor(start / row), at = start;
      path += `M${x} ${y}`;
      let direction = -1, length = 0;
      const flush = () => {
        if (length === 0) return;
        const signed = direction < 2 ? length : -length;
        path += `${direction % 2 === 0 ? "h" : "v"}${signed}`;
        length = 0;
      };
      do {
        const open = edges[at]!;
        // Where two loops touch at a corner, turning right keeps them apart.
        const turns = direction < 0
          ? [0, 1, 2, 3]
          : [1, 0, 3].map((turn) => (direction + turn) % 4);
        const next = turns.find((candidate) => (open >> candidate & 1) === 1)!;
        if (next !== direction) flush();
        direction = next;
        edges[at]! &= ~(1 << next);
        length++;
        x += steps[next]![0];
        y += steps[next]![1];
        at = y * row + x;
      } while (at !== start);
      flush();
      path += "z";
    }
  }
  return path;
}

/**
 * Smaller copies of an icon, so that a view at any size reads pixels of about its own size.
 *
 * Colours are premultiplied by alpha: then averaging and blending never bleed the colour of
 * transparent pixels into the outline. Every level has a border of one transparent pixel, so that
 * bilinear reading at the edge needs no special case.
 *
 * @module
 */

/** Side of the levels in pixels, largest first; neighbours differ by 4/3 or 3/2. */
export const levelSizes = [128, 96, 64, 48, 32, 24, 16, 12] as const;

/** Bytes of one icon at a level: premultiplied RGBA, `[size + 2, size + 2, 4]`. */
export function levelBytes(size: number): number {
  return (size + 2) * (size + 2) * 4;
}

/** The smallest level that has at least as many pixels as the icon has in the view. */
export function levelFor(pixels: number): number {
  let best: number = levelSizes[0];
  // The tolerance lets an icon of exactly 32 pixels read the level of 32 after rounding.
  for (const size of levelSizes) if (size >= pixels - 0.01) best = size;
  return best;
}

/**
 * Premultiplies straight RGBA of `size` pixels a side into a bordered level.
 *
 * @param flip Mirror left to right.
 */
export function writeBaseLevel(
  rgba: Uint8Array,
  size: number,
  flip: boolean,
  output: Uint8Array,
  offset: number,
): void {
  const stride = size + 2;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = (y * size + (flip ? size - 1 - x : x)) * 4;
      const to = offset + ((y + 1) * stride + x + 1) * 4;
      const alpha = rgba[from + 3]!;
      for (let channel = 0; channel < 3; channel++) {
        output[to + channel] = (rgba[from + channel]! * alpha + 127) / 255 | 0;
      }
      output[to + 3] = alpha;
    }
  }
}

/**
 * Averages a bordered level down to a smaller one by area: weight of a source pixel = the part of
 * the target pixel that it covers.
 */
export function shrinkLevel(
  source: Uint8Array,
  sourceOffset: number,
  sourceSize: number,
  target: Uint8Array,
  targetOffset: number,
  targetSize: number,
): void {
  const ratio = sourceSize / targetSize;
  const taps = Math.ceil(ratio) + 1;
  const starts = new Int32Array(targetSize);
  const weights = new Float32Array(targetSize * taps);
  for (let index = 0; index < targetSize; index++) {
    const low = index * ratio, high = low + ratio;
    const start = Math.floor(low + 1e-9);
    starts[index] = start;
    for (let tap = 0; tap < taps; tap++) {
      const covered = Math.min(high, start + tap + 1) - Math.max(low, start + tap);
      weights[index * taps + tap] = covered > 1e-9 ? covered / ratio : 0;
    }
  }
  const sourceStride = sourceSize + 2, targetStride = targetSize + 2;
  for (let y = 0; y < targetSize; y++) {
    for (let x = 0; x < targetSize; x++) {
      let red = 0, green = 0, blue = 0, alpha = 0;
      for (let tapY = 0; tapY < taps; tapY++) {
        const weightY = weights[y * taps + tapY]!;
        if (weightY === 0) continue;
        let from = sourceOffset + ((starts[y]! + tapY + 1) * sourceStride + starts[x]! + 1) * 4;
        for (let tapX = 0; tapX < taps; tapX++, from += 4) {
          const weight = weightY * weights[x * taps + tapX]!;
          if (weight === 0) continue;
          red += weight * source[from]!;
          green += weight * source[from + 1]!;
          blue += weight * source[from + 2]!;
          alpha += weight * source[from + 3]!;
        }
      }
      const to = targetOffset + ((y + 1) * targetStride + x + 1) * 4;
      target[to] = red + 0.5 | 0;
      target[to + 1] = green + 0.5 | 0;
      target[to + 2] = blue + 0.5 | 0;
      target[to + 3] = alpha + 0.5 | 0;
    }
  }
}

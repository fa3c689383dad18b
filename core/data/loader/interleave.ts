/**
 * Images side by side in a batch.
 *
 * @module
 */

/** Pixels of each image that are copied at a time, so that both sides stay in the cache. */
const block = 256;

/**
 * Writes `count` images of `length` bytes into the columns `first` … `first + count − 1` of
 * `[length, batch]`: the layout "chwn". Four neighbouring columns are one 32-bit store where
 * `first` and `batch` are multiples of 4.
 *
 * @param images `[count, length]`.
 * @param target `[length, batch]`; its buffer starts on a multiple of 4.
 */
export function interleaveImages(
  images: Uint8Array,
  count: number,
  length: number,
  target: Uint8Array,
  batch: number,
  first: number,
): void {
  const packed = first % 4 === 0 && batch % 4 === 0 && target.byteOffset % 4 === 0
    ? count - count % 4
    : 0;
  const words = new Uint32Array(target.buffer, target.byteOffset & ~3, target.length >> 2);
  const wordsPerRow = batch >> 2;
  for (let start = 0; start < length; start += block) {
    const end = Math.min(length, start + block);
    for (let image = 0; image < packed; image += 4) {
      let a = image * length + start;
      let to = start * wordsPerRow + (first + image >> 2);
      for (let pixel = start; pixel < end; pixel++, a++, to += wordsPerRow) {
        words[to] = images[a]! | images[a + length]! << 8 | images[a + 2 * length]! << 16 |
          images[a + 3 * length]! << 24;
      }
    }
    for (let image = packed; image < count; image++) {
      let from = image * length + start;
      let to = start * batch + first + image;
      for (let pixel = start; pixel < end; pixel++, from++, to += batch) {
        target[to] = images[from]!;
      }
    }
  }
}

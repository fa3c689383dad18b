/**
 * Where the pixels of a part of a resized axis come from.
 *
 * @module
 */

/** Numbers of one axis, with room for a crop; filled anew for every image. */
export class CropAxis {
  /** Source pixel, the next one, and the next one's weight, for bilinear interpolation. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float32Array;
  /** Source pixel for interpolation by the nearest. */
  readonly nearest: Int32Array;

  constructor(length: number) {
    this.low = new Int32Array(length);
    this.high = new Int32Array(length);
    this.weight = new Float32Array(length);
    this.nearest = new Int32Array(length);
  }

  /**
   * Bilinear between pixel centres, without averaging: OpenCV's `INTER_LINEAR`.
   *
   * @param from Source pixels.
   * @param to Pixels of the resized axis, of which `count` from `first` on are wanted.
   */
  setBilinear(
    { from, to, first, count, isMirrored }: {
      readonly from: number;
      readonly to: number;
      readonly first: number;
      readonly count: number;
      readonly isMirrored: boolean;
    },
  ): void {
    const step = from / to;
    for (let index = 0; index < count; index++) {
      const place = Math.max(0, (first + index + 0.5) * step - 0.5);
      const at = isMirrored ? count - 1 - index : index;
      const whole = Math.min(Math.floor(place), from - 1);
      this.low[at] = whole;
      this.high[at] = Math.min(whole + 1, from - 1);
      this.weight[at] = place - whole;
    }
  }

  /** The nearest source pixels to the left: OpenCV's `INTER_NEAREST`. */
  setNearest(from: number, to: number, first: number, count: number): void {
    const step = 1 / (to / from);
    for (let index = 0; index < count; index++) {
      this.nearest[index] = Math.min(Math.floor((first + index) * step), from - 1);
    }
  }
}

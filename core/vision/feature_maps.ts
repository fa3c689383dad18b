/**
 * Feature maps in the memory of the pooling kernels: every cell's channels side by side.
 *
 * @module
 */

import { alignAddress, KernelMemory } from "./kernel_memory.ts";
import {
  channelBytes,
  type ChannelRows,
  loadMatrix,
  readMatrix,
  roiMemory,
  stripBytes,
} from "./roi_memory.ts";

/** How the numbers of feature maps lie outside: the images of a batch outermost, or innermost. */
export type FeatureLayout = "nchw" | "chwn";

/** One level of a feature pyramid, for a batch of images. */
export interface FeatureLevel {
  /** In layout chwn it lies as `[C, H, W, B]`; the shape is given in the same order all the same. */
  readonly data: Float32Array;
  /** `[B, C, H, W]` */
  readonly shape: readonly [images: number, channels: number, height: number, width: number];
  /** Cells per pixel of the image: 1 ÷ stride. */
  readonly scale: number;
}

/** Where a level is. */
export interface PlacedLevel {
  readonly shape: FeatureLevel["shape"];
  readonly scale: number;
  readonly address: number;
  /** Bytes from one cell, row or image to the next. */
  readonly cellStride: number;
  readonly rowStride: number;
  readonly imageStride: number;
}

/** Spare bytes behind a level: kernels take up to 16 cells at once. */
function spareBytes(channels: number): number {
  return 16 * channelBytes(channels);
}

function assertLevels(levels: readonly FeatureLevel[]): void {
  if (levels.length === 0) throw new RangeError("Feature maps: expected at least one level, got 0");
  const [images, channels] = levels[0]!.shape;
  for (const [index, { data, shape }] of levels.entries()) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (!(count > 0) || data.length !== count) {
      throw new RangeError(
        `Feature maps: level ${index} of shape ${shape.join("×")} has ${data.length} numbers`,
      );
    }
    if (shape[0] !== images || shape[1] !== channels) {
      throw new RangeError(
        `Feature maps: expected ${images} images of ${channels} channels at all levels, ` +
          `got ${shape[0]} and ${shape[1]} at level ${index}`,
      );
    }
  }
}

/** Puts levels one behind the other, without their numbers. */
function placeLevels(levels: readonly FeatureLevel[], layout: FeatureLayout): PlacedLevel[] {
  let address = KernelMemory.firstAddress;
  return levels.map(({ shape, scale }) => {
    const [images, channels, height, width] = shape;
    const bytes = channelBytes(channels);
    const cellStride = layout === "nchw" ? bytes : bytes * images;
    const rowStride = width * cellStride;
    const imageStride = layout === "nchw" ? height * rowStride : bytes;
    const placed = { shape, scale, address, cellStride, rowStride, imageStride };
    address = alignAddress(address + images * bytes * height * width + spareBytes(channels));
    return placed;
  });
}

/** Matrices of channel rows that a level consists of, each with its address. */
function matricesOf(
  { shape: [images, channels, height, width], address, imageStride }: PlacedLevel,
  data: Float32Array,
  layout: FeatureLayout,
): { rows: ChannelRows; address: number }[] {
  const cells = height * width;
  if (layout === "chwn") {
    return [{ rows: { data, offset: 0, channels, columns: cells * images }, address }];
  }
  return Array.from({ length: images }, (_, image) => ({
    rows: { data, offset: image * channels * cells, channels, columns: cells },
    address: address + image * imageStride,
  }));
}

/** Levels in the memory. */
export class FeatureMaps {
  readonly levels: readonly PlacedLevel[];
  readonly layout: FeatureLayout;
  /** First address behind the maps, free to work in. */
  readonly end: number;

  /**
   * Writes levels to the memory, over whatever was there.
   *
   * @throws {RangeError} if shapes and numbers do not fit together.
   */
  constructor(levels: readonly FeatureLevel[], layout: FeatureLayout) {
    assertLevels(levels);
    this.layout = layout;
    this.levels = placeLevels(levels, layout);
    const last = this.levels.at(-1)!;
    const [images, channels, height, width] = last.shape;
    this.end = alignAddress(
      last.address + images * channelBytes(channels) * height * width + spareBytes(channels),
    );
    roiMemory.ensure(this.end + stripBytes(channels));
    for (const [index, level] of this.levels.entries()) {
      for (const { rows, address } of matricesOf(level, levels[index]!.data, layout)) {
        loadMatrix(rows, address, this.end);
      }
    }
  }

  /** Number of images of the batch. */
  get images(): number {
    return this.levels[0]!.shape[0];
  }

  /** Number of channels of every level. */
  get channels(): number {
    return this.levels[0]!.shape[1];
  }

  /** Reads a level's numbers, in the layout in which they came. */
  read(index: number, data: Float32Array): void {
    roiMemory.ensure(this.end + stripBytes(this.channels));
    for (const { rows, address } of matricesOf(this.levels[index]!, data, this.layout)) {
      readMatrix(address, rows, this.end);
    }
  }
}

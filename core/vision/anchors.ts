/**
 * Anchors: the boxes that region proposals start from, as torchvision's `AnchorGenerator` places them.
 *
 * @module
 */

import type { ImageSize } from "../data/decoding/image_header.ts";

const f = Math.fround;

/** Rounds halves to even, as torch does. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || rest === 0.5 && floor % 2 === 0 ? floor : floor + 1;
}

/** Which anchors stand at every cell of every feature level. */
export interface AnchorSettings {
  /** Sides of the squares, in pixels, of each level. */
  readonly sizes: readonly (readonly number[])[];
  /** Height ÷ width, the same at all levels. */
  readonly aspectRatios: readonly number[];
}

/** Anchors at one cell of a level. */
export function anchorsPerCell(settings: AnchorSettings, level: number): number {
  return settings.sizes[level]!.length * settings.aspectRatios.length;
}

/** Anchors around the origin, whole numbers, `[ratios · sizes, 4]`, the ratio varying slowest. */
export function cellAnchors(
  sizes: readonly number[],
  aspectRatios: readonly number[],
): Float32Array {
  const anchors: number[] = [];
  for (const ratio of aspectRatios) {
    const heightRatio = f(Math.sqrt(f(ratio)));
    const widthRatio = f(1 / heightRatio);
    for (const size of sizes) {
      const halfWidth = roundHalfToEven(f(widthRatio * f(size)) / 2);
      const halfHeight = roundHalfToEven(f(heightRatio * f(size)) / 2);
      anchors.push(-halfWidth, -halfHeight, halfWidth, halfHeight);
    }
  }
  return Float32Array.from(anchors);
}

/**
 * All anchors of an image, level by level, row by row, cell by cell.
 *
 * @param grids Height and width of the feature map of each level, in cells.
 * @param image Size of the padded image that the maps were made of; a cell's stride is the whole part
 *   of image size ÷ grid size.
 * @returns `[Σ height · width · anchors per cell, 4]`
 * @throws {RangeError} if there are not as many grids as sizes.
 */
export function placeAnchors(
  settings: AnchorSettings,
  grids: readonly ImageSize[],
  image: ImageSize,
): Float32Array {
  const { sizes, aspectRatios } = settings;
  if (sizes.length !== grids.length) {
    throw new RangeError(
      `Anchors: expected sizes for ${grids.length} feature levels, got ${sizes.length}`,
    );
  }
  const counts = grids.map(({ height, width }, level) =>
    height * width * anchorsPerCell(settings, level)
  );
  const anchors = new Float32Array(4 * counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (const [level, { height, width }] of grids.entries()) {
    const cell = cellAnchors(sizes[level]!, aspectRatios);
    const strideY = Math.floor(image.height / height), strideX = Math.floor(image.width / width);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let side = 0; side < cell.length; side++) {
          anchors[at++] = cell[side]! + (side % 2 === 0 ? x * strideX : y * strideY);
        }
      }
    }
  }
  return anchors;
}

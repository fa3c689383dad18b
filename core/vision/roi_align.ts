/**
 * RoIAlign (He et al., "Mask R-CNN", ICCV 2017): features of regions, pooled to a fixed size by bilinear
 * interpolation, and the gradient of that. Equal to torchvision's `roi_align` but for the order of sums.
 *
 * @module
 */

import { poolRegion, prepareAxis, spreadRegion } from "./kernels/roi_kernels.wasm";
import { axisTableBytes } from "./axis_table.ts";
import { countBoxes } from "./boxes.ts";
import { type FeatureLayout, type FeatureLevel, FeatureMaps } from "./feature_maps.ts";
import { KernelMemory } from "./kernel_memory.ts";
import { channelBytes, roiMemory } from "./roi_memory.ts";

/** Regions to pool, of all images of a batch. */
export interface RegionsOfInterest {
  /** Pixels of the (padded) image, `[R, 4]`. */
  readonly boxes: Float32Array;
  /** Which image of the batch, `[R]`. */
  readonly images: Uint32Array;
  /** Which of the levels, 0 for the first, `[R]`. */
  readonly levels: Uint8Array;
}

/** How regions are sampled. */
export interface RoiAlignOptions {
  /** Samples of a bin along each axis; 0: about one for each cell. Default: 2. */
  readonly samplingRatio?: number;
  /**
   * Whether the half pixel between a cell's corner and its centre is accounted for. Default: no, as in
   * torchvision's models.
   */
  readonly aligned?: boolean;
  /** Layout of the maps outside. Default: nchw. */
  readonly layout?: FeatureLayout;
}

/** Whose maps are in the memory of this thread. */
let owner: RoiAligner | undefined;

/** Pixels beyond which no region reaches: a bound on samples, which are as many as cells. */
const farthest = 2 ** 20;

/** Addresses of what a call works with. */
interface WorkPlaces {
  readonly tableY: number;
  readonly tableX: number;
  readonly lines: number;
  readonly tile: number;
  readonly region: number;
}

/**
 * Pools regions of a batch's feature maps, and brings gradients back to the maps.
 *
 * There is one memory for all in a thread: {@linkcode RoiAligner.setFeatures} takes it over from whoever had
 * it. Gradients take the place of the maps, which are no longer needed by then.
 */
export class RoiAligner {
  readonly #samplingRatio: number;
  readonly #aligned: boolean;
  readonly #layout: FeatureLayout;
  #maps: FeatureMaps | undefined;
  #holdsGradients = false;

  /** @throws {RangeError} if the sampling ratio is not a whole number from 0. */
  constructor({ samplingRatio = 2, aligned = false, layout = "nchw" }: RoiAlignOptions = {}) {
    if (!Number.isSafeInteger(samplingRatio) || samplingRatio < 0) {
      throw new RangeError(`RoIAlign: expected a whole sampling ratio ≥ 0, got ${samplingRatio}`);
    }
    this.#samplingRatio = samplingRatio;
    this.#aligned = aligned;
    this.#layout = layout;
  }

  /**
   * Gives the maps of a batch, all levels with the same channels.
   *
   * @throws {RangeError} if shapes and numbers do not fit together.
   * @throws {EngineError} if they need more memory than there is.
   */
  setFeatures(levels: readonly FeatureLevel[]): void {
    owner = undefined;
    this.#maps = new FeatureMaps(levels, this.#layout);
    this.#holdsGradients = false;
    owner = this;
  }

  /**
   * Pools regions.
   *
   * @param size Bins along each axis.
   * @param output Where results go; what is behind them becomes 0. Default: a new array.
   * @returns `[R, C, size, size]`
   * @throws {RangeError} if a region is not finite, or its image or level does not exist.
   */
  forward(regions: RegionsOfInterest, size: number, output?: Float32Array): Float32Array {
    const maps = this.#requireMaps();
    if (this.#holdsGradients) {
      throw new RangeError("RoIAlign: gradients took the maps' place; call setFeatures again");
    }
    const count = assertRegions(regions, maps);
    const length = maps.channels * size * size;
    const results = output ?? new Float32Array(count * length);
    assertRoom(results.length, count * length);
    const places = this.#reserve(maps, size);
    const pooled = roiMemory.floats(places.region, length);
    for (let index = 0; index < count; index++) {
      this.#run(poolRegion, maps, regions, index, size, places);
      results.set(pooled, index * length);
    }
    results.fill(0, count * length);
    return results;
  }

  /**
   * Adds the gradient of what {@linkcode RoiAligner.forward} pooled to the gradient of the maps. The first
   * call after {@linkcode RoiAligner.setFeatures} starts from zero.
   *
   * @param gradient `[R, C, size, size]`; what is behind is not looked at.
   */
  backward(gradient: Float32Array, regions: RegionsOfInterest, size: number): void {
    const maps = this.#requireMaps();
    const count = assertRegions(regions, maps);
    const length = maps.channels * size * size;
    assertRoom(gradient.length, count * length);
    this.#startGradients(maps);
    const places = this.#reserve(maps, size);
    const source = roiMemory.floats(places.region, length);
    for (let index = 0; index < count; index++) {
      source.set(gradient.subarray(index * length, (index + 1) * length));
      this.#run(spreadRegion, maps, regions, index, size, places);
    }
  }

  /**
   * The gradients of the maps, one array for each level, in the layout of the maps.
   *
   * @param into Where they go. Default: new arrays.
   */
  gradients(into?: readonly Float32Array[]): Float32Array[] {
    const maps = this.#requireMaps();
    this.#startGradients(maps);
    return maps.levels.map(({ shape }, index) => {
      const length = shape.reduce((product, size) => product * size, 1);
      const data = into?.[index] ?? new Float32Array(length);
      if (data.length !== length) {
        throw new RangeError(`RoIAlign: expected ${length} numbers for level ${index}`);
      }
      maps.read(index, data);
      return data;
    });
  }

  #requireMaps(): FeatureMaps {
    if (this.#maps === undefined) throw new RangeError("RoIAlign: call setFeatures first");
    if (owner !== this) {
      throw new RangeError(
        "RoIAlign: another aligner took the memory over; call setFeatures before its next use",
      );
    }
    return this.#maps;
  }

  #startGradients(maps: FeatureMaps): void {
    if (this.#holdsGradients) return;
    const { firstAddress } = KernelMemory;
    roiMemory.floats(firstAddress, (maps.end - firstAddress) / 4).fill(0);
    this.#holdsGradients = true;
  }

  /** Room to work in behind the maps, for regions of size² bins. */
  #reserve(maps: FeatureMaps, size: number): WorkPlaces {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(`RoIAlign: expected a whole size ≥ 1, got ${size}`);
    }
    const longest = (axis: 2 | 3) => Math.max(...maps.levels.map(({ shape }) => shape[axis]));
    return roiMemory.reserve({
      tableY: axisTableBytes(size, longest(2)),
      tableX: axisTableBytes(size, longest(3)),
      lines: 64 * size * longest(2),
      tile: 64 * size * size,
      region: channelBytes(maps.channels) * size * size,
    }, maps.end);
  }

  /** Runs a kernel for one region. */
  #run(
    kernel: typeof poolRegion,
    maps: FeatureMaps,
    { boxes, images, levels }: RegionsOfInterest,
    index: number,
    size: number,
    { tableY, tableX, lines, tile, region }: WorkPlaces,
  ): void {
    const level = maps.levels[levels[index]!]!;
    const { address, scale, cellStride, rowStride, imageStride, shape } = level;
    const at = 4 * index, ratio = this.#samplingRatio, aligned = this.#aligned ? 1 : 0;
    prepareAxis(tableY, boxes[at + 1]!, boxes[at + 3]!, scale, size, ratio, aligned, shape[2]);
    prepareAxis(tableX, boxes[at]!, boxes[at + 2]!, scale, size, ratio, aligned, shape[3]);
    const map = address + images[index]! * imageStride;
    const bytes = channelBytes(maps.channels);
    kernel(map, cellStride, rowStride, bytes, tableY, tableX, size, lines, tile, region);
  }
}

/** How many regions there are. @throws {RangeError} if one cannot be pooled. */
function assertRegions(
  { boxes, images, levels }: RegionsOfInterest,
  maps: FeatureMaps,
): number {
  const count = countBoxes(boxes, "RoIAlign");
  if (images.length !== count || levels.length !== count) {
    throw new RangeError(
      `RoIAlign: expected ${count} image and level numbers, got ${images.length} and ${levels.length}`,
    );
  }
  for (let index = 0; index < count; index++) {
    if (images[index]! >= maps.images || levels[index]! >= maps.levels.length) {
      throw new RangeError(
        `RoIAlign: region ${index} is of image ${images[index]} and level ${levels[index]}, ` +
          `expected below ${maps.images} and ${maps.levels.length}`,
      );
    }
  }
  for (let at = 0; at < boxes.length; at++) {
    if (!(Math.abs(boxes[at]!) <= farthest)) {
      throw new RangeError(`RoIAlign: region ${at >> 2} has a coordinate of ${boxes[at]}`);
    }
  }
  return count;
}

function assertRoom(length: number, needed: number): void {
  if (length < needed) {
    throw new RangeError(`RoIAlign: expected ${needed} pooled numbers, got room for ${length}`);
  }
}

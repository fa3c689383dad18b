/**
 * A 3×3 convolution and its gradients with four times fewer multiplications: Winograd's
 * F(4×4, 3×3) over maps with the batch innermost.
 *
 * With tiles d of 6×6 pixels that overlap by two, V = Bᵀ·d·B, U = G·g·Gᵀ and, for each of the 36
 * positions, a matrix product over the channels, M = U·V; each tile's 4×4 outputs are Aᵀ·M·A. The
 * transforms are linear maps of a tile, so each is one convolution or one product with a Kronecker
 * square:
 *
 *     V  [C, 36, T]   convolution of every channel, kernel 6×6, stride 4, 36 outputs
 *     U  [36, K, C]   (G ⊗ G) · g
 *     M  [36, K, T]   36 products [K, C] · [C, T], T = tiles · batch
 *     y  [K, H, W, B] (Aᵀ ⊗ Aᵀ) · M, tiles set side by side
 *
 * The gradient of the input is the same with the filter turned round, which takes the same U; that
 * of the filter is dg = Gᵀ·[Σ_T (A·dy·Aᵀ) ⊙ V]·G with the same V, four times fewer multiplications
 * too.
 *
 * On maps that 4×4 covers badly tiles of 5×5 pixels with 3×3 outputs, F(3×3, 3×3), take fewer products: 25
 * of a tile, 3.2 times fewer than the plain sum.
 *
 * Rounding: with the points 0, ±2/3, ±3/2, ∞ the result has about three times the rounding error of
 * the plain sum (9e-7 against 3e-7, root of the mean square, relative, 128 channels); with the usual
 * 0, ±1, ±2, ∞ it would be seven times.
 *
 * @module
 */

import { add, concat, fusedMatMul, matMul, reshape, slice } from "../build.ts";
import type { Graph, Value } from "../graph.ts";
import {
  type Matrix,
  squareKronecker,
  transposeMatrix,
  turnFilter,
  type WinogradMatrices,
  winogradMatrices,
} from "./winograd_matrices.ts";

const kernel = 3;

/** Outputs of a tile along an axis. */
export type TileSide = 3 | 4;

/** What transforms the tiles of one size. */
interface Transforms {
  readonly side: TileSide;
  /** Of the convolution, and of its input's gradient. */
  readonly upright: WinogradMatrices;
  readonly turned: WinogradMatrices;
  /** Of the outputs' gradients, for that of the filter. */
  readonly scatter: Matrix;
  /** Products of a tile. */
  readonly positions: number;
}

function transformsOf(side: TileSide, points: readonly number[]): Transforms {
  const upright = winogradMatrices(points, kernel);
  return {
    side,
    upright,
    turned: turnFilter(upright),
    scatter: transposeMatrix(upright.output),
    positions: upright.input.length ** 2,
  };
}

const transforms: Readonly<Record<TileSide, Transforms>> = {
  3: transformsOf(3, [0, 1 / 2, 2, -1]),
  4: transformsOf(4, [0, 2 / 3, 3 / 2, -2 / 3, -3 / 2]),
};

/** Size of a map whose numbers are [channels, height, width, batch], however it is shaped. */
export interface MapSize {
  readonly height: number;
  readonly width: number;
  readonly batch: number;
  /** Outputs of a tile along an axis. @default {4} */
  readonly side?: TileSide;
  /** Bytes of transformed tiles that are worked on at once, about. @default {a size that pays} */
  readonly bandBytes?: number;
}

/** One array for each matrix, so that graphs share the constants. */
const squares = new Map<Matrix, Float32Array>();

/** Bytes of transformed tiles that the caches still hold. */
const cachedBytes = 2 ** 24;
/** Channels from which the products save more than reading the tiles from memory costs. */
const manyChannels = 96;

/**
 * Whether the fewer products usually pay for the transforms, of a convolution or of its input's
 * gradient.
 *
 * @param fewest Channels on both sides from which they do while the tiles fit into the caches.
 */
export function winogradPays(
  [outChannels, channels]: readonly number[],
  size: MapSize,
  fewest: number,
): boolean {
  const { height, width, batch, side = 4 } = size;
  if (Math.min(height, width) < kernel) return false;
  const narrow = Math.min(outChannels!, channels!), wide = Math.max(outChannels!, channels!);
  const { positions } = transforms[side];
  const bytes = 4 * positions * wide * tilesOf(height, side) * tilesOf(width, side) * batch;
  return narrow >= (bytes <= cachedBytes ? fewest : manyChannels);
}

/** A matrix on both axes of a tile, as a constant. */
function bothAxes(graph: Graph, matrix: Matrix, shape?: readonly number[]): Value {
  let data = squares.get(matrix);
  if (!data) squares.set(matrix, data = squareKronecker(matrix));
  return graph.constant("float32", shape ?? [matrix.length ** 2, matrix[0]!.length ** 2], data);
}

/** Tiles along an axis. */
function tilesOf(length: number, side: TileSide): number {
  return Math.ceil(length / side);
}

/** Tiles of a map and a batch. */
export function tilesOfMap({ height, width, batch, side = 4 }: MapSize): number {
  return tilesOf(height, side) * tilesOf(width, side) * batch;
}

/** The size of tiles that takes fewer products of a map. */
export function cheaperSide({ height, width }: Pick<MapSize, "height" | "width">): TileSide {
  const products = (side: TileSide) =>
    transforms[side].positions * tilesOf(height, side) * tilesOf(width, side);
  return products(3) < products(4) ? 3 : 4;
}

/** Some rows of a map, whole tiles of them but for the last. */
interface Band {
  readonly begin: number;
  readonly end: number;
}

/** Bytes of the transformed tiles of a map that is worked on as a whole, and of a band of larger ones. */
const wholeBytes = 2 ** 26, usualBandBytes = 2 ** 24;

/**
 * A map in bands of rows, one after the other, so that large ones do not take several times their memory
 * in transformed tiles.
 *
 * @param channels Of the wider side of the convolution.
 */
function bandsOf(
  { height, width, batch, side = 4, bandBytes }: MapSize,
  channels: number,
): Band[] {
  const rows = tilesOf(height, side);
  const total = 4 * transforms[side].positions * channels * rows * tilesOf(width, side) * batch;
  const isWhole = total <= (bandBytes ?? wholeBytes);
  const count = isWhole ? 1 : Math.min(rows, Math.ceil(total / (bandBytes ?? usualBandBytes)));
  const each = Math.ceil(rows / count) * side;
  return Array.from({ length: Math.ceil(height / each) }, (_, index) => ({
    begin: index * each,
    end: Math.min(height, (index + 1) * each),
  }));
}

/**
 * One linear map of every tile of a band: channels × size to [channels, 36, T].
 *
 * @param border Pixels that a tile reads before its own.
 */
function transformTiles(
  graph: Graph,
  x: Value,
  channels: number,
  { height, width, batch, side = 4 }: MapSize,
  { begin, end }: Band,
  matrix: Matrix,
  border: number,
): Value {
  const { positions } = transforms[side];
  const window = matrix[0]!.length;
  const rows = tilesOf(end - begin, side), columns = tilesOf(width, side);
  /** Where the tiles from `first` on begin and end to read, before and beyond the edges. */
  const readFrom = (first: number, tiles: number): [number, number] => [
    first - border,
    first + side * (tiles - 1) + window - border,
  ];
  const [top, bottom] = readFrom(begin, rows), [left, right] = readFrom(0, columns);
  const [start, stop] = [Math.max(0, top), Math.min(height, bottom)];
  const map = reshape(graph, x, [channels, 1, height, width, batch]);
  const tiles = graph.node("Conv", [
    slice(graph, map, [{ axis: 2, start, end: stop }]),
    bothAxes(graph, matrix, [positions, 1, window, window, 1]),
  ], {
    strides: [side, side, 1],
    pads: [start - top, -left, 0, bottom - stop, right - width, 0],
  });
  return reshape(graph, tiles, [channels, positions, rows * columns * batch]);
}

/** The filter at the positions, [36 or 25, K, C]. */
function transformFilter(graph: Graph, weight: Value, { upright, positions }: Transforms): Value {
  const [outChannels, channels] = weight.shape as [number, number];
  const taps = reshape(graph, weight, [outChannels * channels, kernel ** 2]);
  const each = fusedMatMul(graph, bothAxes(graph, upright.filter), taps, { transB: true });
  return reshape(graph, each, [positions, outChannels, channels]);
}

/** One array for each size, so that graphs share the constants. */
const indices = new Map<string, BigInt64Array>();

/**
 * Where the pixels of a map, [channels, height, width], stand in [side, side, channels, rows, columns] of tiles: a
 * Gather uses all threads, and leaves out what is beyond the edges; a Transpose and a Slice do not.
 */
function pixelIndex(
  channels: number,
  height: number,
  width: number,
  side: TileSide,
): BigInt64Array {
  const key = [channels, height, width, side].join();
  const known = indices.get(key);
  if (known) return known;
  const rows = tilesOf(height, side), columns = tilesOf(width, side);
  const index = new BigInt64Array(channels * height * width);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const place = (row % side) * side + column % side;
        const tile = Math.floor(row / side) * columns + Math.floor(column / side);
        index[at++] = BigInt((place * channels + channel) * rows * columns + tile);
      }
    }
  }
  indices.set(key, index);
  return index;
}

/** Outputs of all tiles of a band, [36, channels, T], as [1, channels, H, W · B]. */
function transformOutput(
  graph: Graph,
  products: Value,
  { width, batch, side = 4 }: MapSize,
  { begin, end }: Band,
  matrix: Matrix,
): Value {
  const height = end - begin;
  const [positions, channels, count] = products.shape as [number, number, number];
  const rows = tilesOf(height, side), columns = tilesOf(width, side);
  const outputs = matMul(
    graph,
    bothAxes(graph, matrix),
    reshape(graph, products, [positions, channels * count]),
  );
  const pixels = reshape(graph, outputs, [side ** 2 * channels * rows * columns, batch]);
  const index = pixelIndex(channels, height, width, side);
  const places = graph.constant("int64", [index.length], index);
  const map = graph.node("Gather", [pixels, places], { axis: 0 });
  return reshape(graph, map, [1, channels, height, width * batch]);
}

/**
 * The convolution, without stride and with padding 1.
 *
 * @param x C × size.
 * @param weight [K, C, 3, 3].
 * @returns [1, K, H, W · B].
 */
export function winogradConvolution(graph: Graph, x: Value, weight: Value, size: MapSize): Value {
  const [outChannels, channels] = weight.shape as [number, number];
  const own = transforms[size.side ?? 4], { upright } = own;
  const filter = transformFilter(graph, weight, own);
  const bands = bandsOf(size, Math.max(outChannels, channels)).map((band) => {
    const tiles = transformTiles(graph, x, channels, size, band, upright.input, 1);
    const products = fusedMatMul(graph, filter, tiles, { transBatchB: true });
    return transformOutput(graph, products, size, band, upright.output);
  });
  return concat(graph, bands, 2);
}

/**
 * Gradient of the convolution's input.
 *
 * @param dy K × size.
 * @param weight [K, C, 3, 3].
 * @returns [1, C, H, W · B].
 */
export function winogradInputGradient(
  graph: Graph,
  dy: Value,
  weight: Value,
  size: MapSize,
): Value {
  const [outChannels, channels] = weight.shape as [number, number];
  const own = transforms[size.side ?? 4], { turned } = own;
  const filter = transformFilter(graph, weight, own);
  const bands = bandsOf(size, Math.max(outChannels, channels)).map((band) => {
    const tiles = transformTiles(graph, dy, outChannels, size, band, turned.input, 1);
    const products = fusedMatMul(graph, filter, tiles, { transA: true, transBatchB: true });
    return transformOutput(graph, products, size, band, turned.output);
  });
  return concat(graph, bands, 2);
}

/**
 * Gradient of the convolution's filter.
 *
 * @param x C × size.
 * @param dy K × size.
 * @param shape [K, C, 3, 3].
 */
export function winogradWeightGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  shape: readonly number[],
  size: MapSize,
): Value {
  const [outChannels, channels] = shape as [number, number];
  const { upright, scatter, positions } = transforms[size.side ?? 4];
  let products: Value | undefined;
  for (const band of bandsOf(size, Math.max(outChannels, channels))) {
    const tiles = transformTiles(graph, x, channels, size, band, upright.input, 1);
    const outputs = transformTiles(graph, dy, outChannels, size, band, scatter, 0);
    const product = fusedMatMul(graph, outputs, tiles, {
      transBatchA: true,
      transBatchB: true,
      transB: true,
    });
    // Added at once, so that the bands' sums do not wait for each other.
    products = products ? add(graph, products, product) : product;
  }
  const each = fusedMatMul(
    graph,
    reshape(graph, products!, [positions, outChannels * channels]),
    bothAxes(graph, upright.filter),
    { transA: true },
  );
  return reshape(graph, each, shape);
}

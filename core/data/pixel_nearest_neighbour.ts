/**
 * The baseline that learns nothing: the label of the train view whose pixels are most alike.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { readViews, type ViewSet } from "./views/view_set.ts";

/** Options of {@linkcode pixelNearestNeighbour}. */
export interface PixelNearestNeighbourOptions {
  /** Side to which views are shrunk before they are compared; default 16. Divides the view size. */
  side?: number;
  /**
   * Most train views; where there are more, every sample gives its first views, as many as fit
   * (but at least one). Default 16,384.
   */
  maximumTrainViews?: number;
  /** Told now and then how many test views are done. */
  onProgress?: (done: number, total: number) => void;
}

/** What {@linkcode pixelNearestNeighbour} found. */
export interface PixelNearestNeighbourResult {
  /** Share of the views of each test sample whose nearest train view has its label. */
  readonly hits: Float64Array;
  /** Mean of `hits`, 0 to 1. */
  readonly accuracy: number;
  /** Train views compared with. */
  readonly trainViews: number;
  readonly side: number;
}

/**
 * Views as unit vectors `[views, side · side · 3]`: shrunk by averaging, mean over all values taken
 * off, divided by the length; a dot product is then the cosine.
 */
function unitVectors(views: ViewSet, viewsPerSample: number, side: number): Float32Array {
  const { imageSize, samples } = views;
  const factor = imageSize / side;
  const dimension = side * side * 3;
  const vectors = new Float32Array(samples.length * viewsPerSample * dimension);
  const vector = new Float64Array(dimension);
  const pixels = new Uint8Array(imageSize * imageSize * 3);
  for (let sample = 0; sample < samples.length; sample++) {
    for (let view = 0; view < viewsPerSample; view++) {
      readViews(views, [sample * views.viewsPerSample + view], pixels);
      vector.fill(0);
      for (let y = 0; y < imageSize; y++) {
        const row = Math.floor(y / factor) * side;
        for (let x = 0; x < imageSize; x++) {
          const to = (row + Math.floor(x / factor)) * 3;
          const at = (y * imageSize + x) * 3;
          vector[to]! += pixels[at]!;
          vector[to + 1]! += pixels[at + 1]!;
          vector[to + 2]! += pixels[at + 2]!;
        }
      }
      let mean = 0;
      for (let index = 0; index < dimension; index++) mean += vector[index]! / dimension;
      let square = 0;
      for (let index = 0; index < dimension; index++) square += (vector[index]! - mean) ** 2;
      const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
      const start = (sample * viewsPerSample + view) * dimension;
      for (let index = 0; index < dimension; index++) {
        vectors[start + index] = (vector[index]! - mean) * scale;
      }
    }
  }
  return vectors;
}

/** Test views that go over the train views together, and train views that stay in the cache. */
const testBlock = 4;
const trainBlock = 64;

/** Best train view of four test views among `start … end`; four sums share every train value. */
function searchBlock(
  test: Float32Array,
  testStart: number,
  train: Float32Array,
  start: number,
  end: number,
  dimension: number,
  best: Float64Array,
  bestIndex: Int32Array,
): void {
  const a = testStart * dimension, b = a + dimension, c = b + dimension, d = c + dimension;
  for (let view = start; view < end; view++) {
    const from = view * dimension;
    let sumA = 0, sumB = 0, sumC = 0, sumD = 0;
    for (let index = 0; index < dimension; index++) {
      const value = train[from + index]!;
      sumA += value * test[a + index]!;
      sumB += value * test[b + index]!;
      sumC += value * test[c + index]!;
      sumD += value * test[d + index]!;
    }
    // Strictly greater: of equal views the first counts.
    if (sumA > best[testStart]!) {
      best[testStart] = sumA;
      bestIndex[testStart] = view;
    }
    if (sumB > best[testStart + 1]!) {
      best[testStart + 1] = sumB;
      bestIndex[testStart + 1] = view;
    }
    if (sumC > best[testStart + 2]!) {
      best[testStart + 2] = sumC;
      bestIndex[testStart + 2] = view;
    }
    if (sumD > best[testStart + 3]!) {
      best[testStart + 3] = sumD;
      bestIndex[testStart + 3] = view;
    }
  }
}

/**
 * Classifies every test view by the label of the train view with the greatest cosine of mean-free
 * pixels.
 *
 * @throws {ConfigError} where the sides do not fit the views.
 */
export async function pixelNearestNeighbour(
  train: ViewSet,
  test: ViewSet,
  options: PixelNearestNeighbourOptions = {},
): Promise<PixelNearestNeighbourResult> {
  const { side = 16, maximumTrainViews = 16_384, onProgress } = options;
  for (const views of [train, test]) {
    if (!Number.isSafeInteger(side) || side < 1 || views.imageSize % side !== 0) {
      throw new ConfigError(
        `Cannot compare pixels: side is ${side}, expected a divisor of the view size ` +
          `${views.imageSize}`,
      );
    }
  }
  if (train.samples.length === 0) throw new ConfigError("Cannot compare pixels: no train views");
  const perSample = Math.max(
    1,
    Math.min(train.viewsPerSample, Math.floor(maximumTrainViews / train.samples.length)),
  );
  const dimension = side * side * 3;
  const trainVectors = unitVectors(train, perSample, side);
  const testViews = test.samples.length * test.viewsPerSample;
  // Room for whole blocks; the vectors beyond the last view are zero and their result is not read.
  const padded = Math.ceil(testViews / testBlock) * testBlock;
  const testVectors = new Float32Array(padded * dimension);
  testVectors.set(unitVectors(test, test.viewsPerSample, side));
  const trainViews = train.samples.length * perSample;
  const best = new Float64Array(padded).fill(-Infinity);
  const bestIndex = new Int32Array(padded);
  let paused = performance.now();
  for (let start = 0; start < trainViews; start += trainBlock) {
    const end = Math.min(trainViews, start + trainBlock);
    for (let view = 0; view < padded; view += testBlock) {
      searchBlock(testVectors, view, trainVectors, start, end, dimension, best, bestIndex);
    }
    if (performance.now() - paused > 100) {
      onProgress?.(Math.floor(testViews * end / trainViews), testViews);
      await new Promise((resolve) => setTimeout(resolve, 0));
      paused = performance.now();
    }
  }
  onProgress?.(testViews, testViews);
  const hits = new Float64Array(test.samples.length);
  for (let view = 0; view < testViews; view++) {
    const sample = Math.floor(view / test.viewsPerSample);
    const found = train.samples.label(Math.floor(bestIndex[view]! / perSample));
    if (found === test.samples.label(sample)) hits[sample]! += 1 / test.viewsPerSample;
  }
  const accuracy = hits.reduce((sum, hit) => sum + hit, 0) / Math.max(1, hits.length);
  return { hits, accuracy, trainViews, side };
}

/**
 * Geometry of a teacher's embeddings: how narrow the cones of images and texts are, how far they lie
 * apart, and how sharp the softmax over class names is.
 *
 * Liang et al. ("Mind the gap: understanding the modality gap in multi-modal contrastive representation
 * learning", NeurIPS 2022) define the gap as the distance of the means of both modalities.
 *
 * @module
 */

import { ConfigError, DataError } from "../core/errors.ts";
import { meanRow } from "../core/projection/points.ts";

/** Embeddings of labelled images and of one text for each class. */
export interface LabelledEmbeddings {
  /** Unit vectors, [n, D]. */
  readonly images: Float32Array;
  /** Class of each image, a row of `texts`. */
  readonly labels: ArrayLike<number>;
  /** Unit vectors, [K, D]. */
  readonly texts: Float32Array;
  /** D. */
  readonly dimension: number;
}

/** What {@linkcode measureGeometry} finds. */
export interface EmbeddingGeometry {
  /** Mean cosine of two different images. */
  readonly imageImage: number;
  /** Mean cosine of two different texts. */
  readonly textText: number;
  /** Mean cosine of an image and the text of its class. */
  readonly matched: number;
  /** Mean cosine of an image and the text of another class. */
  readonly unmatched: number;
  /** Distance of the mean image and the mean text. */
  readonly gap: number;
  /** Images whose nearest text is that of their class, in percent. */
  readonly labelAgreement: number;
}

/** How sharp a softmax over texts is, on average over images. */
export interface SoftmaxSharpness {
  /** Mean of the largest probability. */
  readonly meanMaximum: number;
  /** Mean entropy, nats. */
  readonly meanEntropy: number;
}

/** @throws {DataError} where an embedding has a number that is not finite. */
function assertFinite({ images, texts, dimension }: LabelledEmbeddings): void {
  for (const [kind, rows] of [["image", images], ["text", texts]] as const) {
    const wrong = rows.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) continue;
    throw new DataError(
      `Cannot measure the geometry of embeddings: expected finite numbers, got ${rows[wrong]} in ` +
        `${kind} ${Math.floor(wrong / dimension)}`,
    );
  }
}

/**
 * @throws {ConfigError} where the sizes do not fit, or there are fewer than two images or texts.
 * {DataError} where an embedding has a number that is not finite.
 */
function checkEmbeddings({ images, labels, texts, dimension }: LabelledEmbeddings): {
  count: number;
  classes: number;
} {
  const count = images.length / dimension, classes = texts.length / dimension;
  const problems: string[] = [];
  if (!Number.isInteger(count) || count < 2) problems.push(`${count} images, expected two or more`);
  if (!Number.isInteger(classes) || classes < 2) {
    problems.push(`${classes} texts, expected two or more`);
  }
  if (labels.length !== count) problems.push(`${labels.length} labels for ${count} images`);
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    problems.push(`label ${label} of image ${image}, expected 0 to ${classes - 1}`);
    break;
  }
  if (problems.length > 0) {
    throw new ConfigError(`Cannot measure the geometry of embeddings: ${problems.join("; ")}`);
  }
  assertFinite({ images, labels, texts, dimension });
  return { count, classes };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

/** Cosines of one image with all texts. */
function cosinesOf(
  { images, texts, dimension }: LabelledEmbeddings,
  image: number,
  cosines: Float64Array,
): void {
  for (let row = 0; row < cosines.length; row++) {
    let sum = 0;
    for (let column = 0; column < dimension; column++) {
      sum += images[image * dimension + column]! * texts[row * dimension + column]!;
    }
    cosines[row] = sum;
  }
}

/**
 * Measures cones, gap and agreement.
 *
 * @throws {ConfigError} where the sizes do not fit, or there are fewer than two images or texts.
 * {DataError} where an embedding has a number that is not finite.
 */
export function measureGeometry(embeddings: LabelledEmbeddings): EmbeddingGeometry {
  const { count, classes } = checkEmbeddings(embeddings);
  const { images, labels, texts, dimension } = embeddings;
  const meanImage = meanRow(images, dimension), meanText = meanRow(texts, dimension);
  // Rows have unit length: of the n² pairs, n are of a row with itself.
  const ofPairs = (mean: Float64Array, rows: number) => (rows * dot(mean, mean) - 1) / (rows - 1);
  const cosines = new Float64Array(classes);
  let matched = 0, agreed = 0;
  for (let image = 0; image < count; image++) {
    cosinesOf(embeddings, image, cosines);
    const label = labels[image]!;
    matched += cosines[label]! / count;
    if (cosines.indexOf(Math.max(...cosines)) === label) agreed++;
  }
  const gap = Math.hypot(...meanImage.map((value, index) => value - meanText[index]!));
  return {
    imageImage: ofPairs(meanImage, count),
    textText: ofPairs(meanText, classes),
    matched,
    unmatched: (classes * dot(meanImage, meanText) - matched) / (classes - 1),
    gap,
    labelAgreement: 100 * agreed / count,
  };
}

/**
 * Sharpness of softmax(cosines / temperature) over all texts.
 *
 * @throws {ConfigError} where the sizes do not fit, or the temperature is not above 0.
 * {DataError} where an embedding has a number that is not finite.
 */
export function measureSharpness(
  embeddings: LabelledEmbeddings,
  temperature: number,
): SoftmaxSharpness {
  const { count, classes } = checkEmbeddings(embeddings);
  if (!(temperature > 0)) {
    throw new ConfigError(
      `Cannot measure a softmax: temperature: expected above 0, got ${temperature}`,
    );
  }
  const cosines = new Float64Array(classes);
  let meanMaximum = 0, meanEntropy = 0;
  for (let image = 0; image < count; image++) {
    cosinesOf(embeddings, image, cosines);
    const largest = Math.max(...cosines);
    let sum = 0, weighted = 0;
    for (const cosine of cosines) {
      const logit = (cosine - largest) / temperature, power = Math.exp(logit);
      sum += power;
      weighted += power * logit;
    }
    meanMaximum += 1 / sum / count;
    meanEntropy += (Math.log(sum) - weighted / sum) / count;
  }
  return { meanMaximum, meanEntropy };
}

/**
 * A training crop of an image with the classes of its pixels: scaled, cropped, mirrored and distorted in
 * mmsegmentation's order and by its definitions (`Resize`, `RandomCrop`, `RandomFlip`,
 * `PhotoMetricDistortion`, `Pad`).
 *
 * @module
 */

import type { SegmentationAnnotation } from "../../data/annotation.ts";
import type { RgbImage } from "../../data/augmentation/image_memory.ts";
import type { ImageSize } from "../../data/decoding/image_header.ts";
import { DataError } from "../../errors.ts";
import { CropAxis } from "./crop_axis.ts";
import { type DrawnNumbers, PhotometricDistortion } from "./photometric_distortion.ts";

/** How crops are made. */
export interface CropRules {
  /** Size of a crop: smaller images are padded at the right and at the bottom. */
  readonly crop: ImageSize;
  /**
   * Box that images are brought to before scaling, their shape kept: its long side bounds theirs, and its
   * short side theirs. @default {the image's own size}
   */
  readonly resize?: ImageSize;
  /** Least and greatest factor on the size. */
  readonly scales: readonly [number, number];
  /** A crop in which a class has this share of the judged pixels or more is drawn again, ten times at most. */
  readonly maximumClassShare: number;
  /** How likely an image is mirrored left to right. */
  readonly mirrorProbability: number;
  /** Whether colours are distorted. */
  readonly photometric: boolean;
  /** Red, green and blue of the padding, 0 to 255. */
  readonly padding: readonly number[];
}

/** The value of a label that is not judged. */
export const ignoredLabel = 255;

/** How often a crop is drawn again. */
const mostRedraws = 10;

/** An image with its classes. */
export interface LabelledImage {
  /** Id of the image, for messages. */
  readonly id: string;
  readonly image: RgbImage;
  readonly truth: SegmentationAnnotation;
}

/** Where a crop goes. */
export interface CropPlace {
  /** `[3, height, width]`. */
  readonly image: Uint8Array;
  /** `[height, width]`. */
  readonly labels: Uint8Array;
}

/** Size of an image in a box, its shape kept (`mmcv.rescale_size`); at least one pixel. */
export function sizeInBox({ width, height }: ImageSize, box: ImageSize): ImageSize {
  const factor = Math.min(
    Math.max(box.width, box.height) / Math.max(width, height),
    Math.min(box.width, box.height) / Math.min(width, height),
  );
  const side = (length: number) => Math.max(1, Math.trunc(length * factor + 0.5));
  return { width: side(width), height: side(height) };
}

/** Paints crops of one size. It keeps its memory, so that nothing is allocated for an image. */
export class CropPainter {
  readonly #rules: CropRules;
  readonly #classes: number;
  readonly #columns: CropAxis;
  readonly #rows: CropAxis;
  readonly #counts = new Uint32Array(256);
  /** Two source rows, interpolated along the columns. */
  readonly #resampled: readonly [Float32Array, Float32Array];
  readonly #distortion = new PhotometricDistortion();

  /** @param classes Labels are below it, or not judged. */
  constructor(rules: CropRules, classes: number) {
    this.#rules = rules;
    this.#classes = classes;
    const { width, height } = rules.crop;
    this.#columns = new CropAxis(width);
    this.#rows = new CropAxis(height);
    this.#resampled = [new Float32Array(3 * width), new Float32Array(3 * width)];
  }

  #refuseLabel({ id, truth: { map, width } }: LabelledImage, at: number): never {
    const ignored = 2 ** (8 * map.BYTES_PER_ELEMENT) - 1;
    throw new DataError(
      `Cannot train on image ${id}: expected classes from 0 to ${
        this.#classes - 1
      } or ${ignored} ` +
        `(not judged), got ${map[at]} at x = ${at % width}, y = ${Math.floor(at / width)}`,
    );
  }

  /** Writes the labels of a crop and counts them. */
  #paintLabels(
    labelled: LabelledImage,
    size: ImageSize,
    { left, top, width, height }: ImageSize & { readonly left: number; readonly top: number },
    labels: Uint8Array,
  ): void {
    const { map, width: from, height: fromRows } = labelled.truth;
    const ignored = 2 ** (8 * map.BYTES_PER_ELEMENT) - 1;
    const columns = this.#columns.nearest, rows = this.#rows.nearest;
    this.#columns.setNearest(from, size.width, left, width);
    this.#rows.setNearest(fromRows, size.height, top, height);
    const counts = this.#counts.fill(0);
    for (let y = 0; y < height; y++) {
      const row = rows[y]! * from, to = y * this.#rules.crop.width;
      for (let x = 0; x < width; x++) {
        const label = map[row + columns[x]!]!;
        if (label < this.#classes) {
          labels[to + x] = label;
          counts[label]!++;
        } else {
          if (label !== ignored) this.#refuseLabel(labelled, row + columns[x]!);
          labels[to + x] = ignoredLabel;
        }
      }
    }
  }

  /** Whether the crop whose labels were counted shows two classes or more, and none of them too much. */
  #isVaried(): boolean {
    let sum = 0, most = 0, classes = 0;
    for (let label = 0; label < this.#classes; label++) {
      const count = this.#counts[label]!;
      if (count === 0) continue;
      classes++;
      sum += count;
      if (count > most) most = count;
    }
    return classes > 1 && most / sum < this.#rules.maximumClassShare;
  }

  /** Interpolates a row of RGB pixels along the columns to `[3, width]`. */
  #resampleRow({ pixels, width }: RgbImage, y: number, count: number, output: Float32Array): void {
    const { low, high, weight } = this.#columns;
    const start = 3 * y * width;
    for (let x = 0; x < count; x++) {
      const a = start + 3 * low[x]!, b = start + 3 * high[x]!, share = weight[x]!;
      output[x] = pixels[a]! + share * (pixels[b]! - pixels[a]!);
      output[count + x] = pixels[a + 1]! + share * (pixels[b + 1]! - pixels[a + 1]!);
      output[2 * count + x] = pixels[a + 2]! + share * (pixels[b + 2]! - pixels[a + 2]!);
    }
  }

  /** Writes the pixels of a crop, whose axes are set. */
  #paintPixels(image: RgbImage, { width, height }: ImageSize, output: Uint8Array): void {
    const { crop } = this.#rules;
    const plane = crop.width * crop.height;
    const [even, odd] = this.#resampled;
    let heldEven = -1, heldOdd = -1;
    for (let y = 0; y < height; y++) {
      const low = this.#rows.low[y]!, high = this.#rows.high[y]!;
      // Each row of the source is interpolated once, when it is first needed.
      for (let source = low; source <= high; source++) {
        if ((source % 2 === 0 ? heldEven : heldOdd) === source) continue;
        this.#resampleRow(image, source, width, source % 2 === 0 ? even : odd);
        if (source % 2 === 0) heldEven = source;
        else heldOdd = source;
      }
      const above = low % 2 === 0 ? even : odd, below = high % 2 === 0 ? even : odd;
      const share = this.#rows.weight[y]!;
      for (let channel = 0; channel < 3; channel++) {
        const to = channel * plane + y * crop.width, from = channel * width;
        for (let x = 0; x < width; x++) {
          const value = above[from + x]!;
          output[to + x] = value + share * (below[from + x]! - value) + 0.5;
        }
      }
    }
  }

  /** Leaves a place empty: padding without any label. */
  paintNothing({ image, labels }: CropPlace): void {
    const plane = this.#rules.crop.width * this.#rules.crop.height;
    this.#rules.padding.forEach((colour, channel) =>
      image.fill(colour, channel * plane, (channel + 1) * plane)
    );
    labels.fill(ignoredLabel);
  }

  /**
   * Paints a crop of an image.
   *
   * @throws {DataError} where a label is out of range, with the image and the place in it.
   */
  paint(labelled: LabelledImage, random: DrawnNumbers, place: CropPlace): void {
    const { crop, resize, scales, maximumClassShare, mirrorProbability, photometric } = this.#rules;
    const { image, truth } = labelled;
    const ratio = random.uniform(...scales);
    const box = resize ?? truth;
    const size = sizeInBox(truth, {
      width: Math.max(1, Math.trunc(box.width * ratio)),
      height: Math.max(1, Math.trunc(box.height * ratio)),
    });
    const width = Math.min(crop.width, size.width), height = Math.min(crop.height, size.height);
    if (width < crop.width || height < crop.height) this.paintNothing(place);
    let top = 0, left = 0;
    for (let drawn = 0; drawn <= mostRedraws; drawn++) {
      top = random.integer(size.height - height + 1);
      left = random.integer(size.width - width + 1);
      this.#paintLabels(labelled, size, { left, top, width, height }, place.labels);
      if (maximumClassShare >= 1 || this.#isVaried()) break;
    }
    const isMirrored = random.uniform() < mirrorProbability;
    if (isMirrored) {
      for (let y = 0; y < height; y++) {
        place.labels.subarray(y * crop.width, y * crop.width + width).reverse();
      }
    }
    this.#columns.setBilinear({
      from: image.width,
      to: size.width,
      first: left,
      count: width,
      isMirrored,
    });
    this.#rows.setBilinear({
      from: image.height,
      to: size.height,
      first: top,
      count: height,
      isMirrored: false,
    });
    this.#paintPixels(image, { width, height }, place.image);
    if (photometric) this.#distortion.apply(place.image, { width, height }, crop, random);
  }
}

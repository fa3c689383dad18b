/**
 * Striped images and a student small enough to be trained on them in a moment.
 *
 * @module
 */

import type { SegmentationAnnotation } from "../../../core/data/annotation.ts";
import type { RgbImage } from "../../../core/data/augmentation/image_memory.ts";
import type { Dataset } from "../../../core/data/dataset.ts";
import { SampleList } from "../../../core/data/sample_list.ts";
import { DataError } from "../../../core/errors.ts";
import { RandomStream } from "../../../core/random.ts";
import { colourToy } from "../../testdata/toy_student.ts";
import type { LabelledCropBatches } from "../train_segmenter.ts";

/** The student. */
export const stripesBackbone = colourToy({}).model!.backbone!;
/** Size of the images. */
export const stripeSize = { height: 12, width: 16 };
/** Red, green and blue. */
export const stripeClasses = 3;
const { height, width } = stripeSize, classes = stripeClasses, batchSize = 4;

/** Three stripes of red, green and blue in a drawn order, with noise; one column is not judged. */
function stripes(seed: number): { image: RgbImage; map: Uint8Array } {
  const random = new RandomStream(seed, "stripes");
  const colours = random.permutation(classes);
  const pixels = new Uint8Array(3 * height * width), map = new Uint8Array(height * width);
  for (let place = 0; place < map.length; place++) {
    const label = colours[Math.floor(place % width * classes / width)]!;
    for (let channel = 0; channel < 3; channel++) {
      pixels[3 * place + channel] = (channel === label ? 160 : 60) + random.integer(50);
    }
    map[place] = place % width === 0 ? 255 : label;
  }
  return { image: { height, width, pixels }, map };
}

/** Four images a batch. */
export const stripeBatches: LabelledCropBatches = {
  stepsPerEpoch: 10,
  batch(step) {
    const size = height * width;
    const images = new Uint8Array(batchSize * 3 * size), labels = new Uint8Array(batchSize * size);
    for (let place = 0; place < batchSize; place++) {
      const { image, map } = stripes(step * batchSize + place);
      labels.set(map, place * size);
      image.pixels.forEach((value, index) => {
        images[(place * 3 + index % 3) * size + Math.floor(index / 3)] = value;
      });
    }
    return Promise.resolve({ images, labels });
  },
  release: () => Promise.resolve(),
};

/** A data set of such images; those of some numbers are damaged. */
export function stripesDataset(
  count: number,
  damaged: readonly number[] = [],
): Dataset<SegmentationAnnotation> {
  return {
    name: "stripes",
    title: "Stripes",
    credits: [],
    annotationKind: "segmentation",
    classNames: ["red", "green", "blue"],
    splits: [
      { name: "train", title: "train", role: "train" },
      { name: "val", title: "val", role: "test" },
    ],
    samples: () =>
      Promise.resolve(
        SampleList.from(
          Array.from({ length: count }, (_, index) => ({ id: `${index}`, label: 0 })),
        ),
      ),
    annotation: (_, index) =>
      Promise.resolve({ kind: "segmentation", height, width, map: stripes(1000 + index).map }),
    decode: (_, index) =>
      damaged.includes(index)
        ? Promise.reject(new DataError(`${index} is cut off`))
        : Promise.resolve(stripes(1000 + index).image),
    fingerprint: () => Promise.resolve("stripes"),
    skipped: () => [],
  };
}

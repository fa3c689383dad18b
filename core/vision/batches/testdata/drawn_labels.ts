/**
 * Data sets of drawn images with a class for every pixel, which Workers can open for themselves.
 *
 * @module
 */

import type { SegmentationAnnotation } from "../../../data/annotation.ts";
import type { RgbImage } from "../../../data/augmentation/image_memory.ts";
import type { Dataset } from "../../../data/dataset.ts";
import { registerDataset } from "../../../data/registry.ts";
import { SampleList } from "../../../data/sample_list.ts";
import { DataError } from "../../../errors.ts";

/** Images of a set. */
export const drawnCount = 23;
/** Those that cannot be decoded. */
export const damagedImages: readonly number[] = [3, 11];
/** An image without any label. */
export const unlabelledImage = 5;

const sizes = [[30, 20], [20, 30], [9, 7], [40, 16]] as const;

/** Pixels tell of their image: red is ten times its index, green and blue are the place. */
function draw(index: number): { image: RgbImage; map: Uint8Array } {
  const [width, height] = sizes[index % sizes.length]!;
  const pixels = new Uint8Array(3 * width * height), map = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      pixels.set([10 * index, 6 * x, 6 * y], 3 * at);
      map[at] = index === unlabelledImage ? 255 : (x >> 3) + index & 1;
    }
  }
  return { image: { width, height, pixels }, map };
}

/** How the labels of a set are wrong. */
export type Wrong = "value" | "size" | "map";

function drawnSet(name: string, wrong?: Wrong): Dataset<SegmentationAnnotation> {
  return {
    name,
    title: "Drawn labels",
    credits: [],
    annotationKind: "segmentation",
    // No image shows the third.
    classNames: ["even", "odd", "absent"],
    splits: [{ name: "train", role: "train", title: "" }],
    samples: () =>
      Promise.resolve(
        SampleList.from(
          Array.from({ length: drawnCount }, (_, index) => ({ id: `${index}.png`, label: -1 })),
        ),
      ),
    annotation: (_, index) => {
      const { image: { width, height }, map } = draw(index);
      if (wrong === "value") map.fill(3, 31);
      // As if the label lay on its side.
      const size = wrong === "size" ? { width: height, height: width } : { width, height };
      return Promise.resolve({
        kind: "segmentation",
        ...size,
        map: wrong === "map" ? map.subarray(1) : map,
      });
    },
    decode: (_, index) =>
      damagedImages.includes(index)
        ? Promise.reject(new DataError(`${index}.png is cut off`))
        : Promise.resolve(draw(index).image),
    fingerprint: () => Promise.resolve(name),
    skipped: () => [],
  };
}

/** Names of the sets that are registered. */
export const drawnLabels = "drawn-labels";
for (const wrong of [undefined, "value", "size", "map"] as const) {
  const name = wrong === undefined ? drawnLabels : `${drawnLabels}-${wrong}`;
  registerDataset(name, () => Promise.resolve(drawnSet(name, wrong)), {
    module: import.meta.url,
    override: true,
  });
}

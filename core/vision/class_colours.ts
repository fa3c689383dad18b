/**
 * Colours of classes in pictures and palettes.
 *
 * @module
 */

import type { Colour } from "../data/encode_label_png.ts";

/** Cityscapes' colours of the classes that it evaluates (cityscapesScripts, `helpers/labels.py`). */
const cityscapesColours: Readonly<Record<string, Colour>> = {
  "road": [128, 64, 128],
  "sidewalk": [244, 35, 232],
  "building": [70, 70, 70],
  "wall": [102, 102, 156],
  "fence": [190, 153, 153],
  "pole": [153, 153, 153],
  "traffic light": [250, 170, 30],
  "traffic sign": [220, 220, 0],
  "vegetation": [107, 142, 35],
  "terrain": [152, 251, 152],
  "sky": [70, 130, 180],
  "person": [220, 20, 60],
  "rider": [255, 0, 0],
  "car": [0, 0, 142],
  "truck": [0, 0, 70],
  "bus": [0, 60, 100],
  "train": [0, 80, 100],
  "motorcycle": [0, 0, 230],
  "bicycle": [119, 11, 32],
};

/** Entry of Pascal VOC's colour map: the bits of the number, in turn, from the highest of each channel. */
function vocColour(index: number): Colour {
  const colour: [number, number, number] = [0, 0, 0];
  for (let bit = 7, left = index; left > 0; bit--, left >>= 3) {
    for (let channel = 0; channel < 3; channel++) {
      colour[channel]! |= (left >> channel & 1) << bit;
    }
  }
  return colour;
}

/**
 * A colour for each class: Cityscapes' own where all are classes of Cityscapes, else those of Pascal VOC's
 * colour map from its second on, since its first is black.
 */
export function classColours(classNames: readonly string[]): Colour[] {
  const known = classNames.map((name) =>
    Object.hasOwn(cityscapesColours, name) ? cityscapesColours[name] : undefined
  );
  return known.every((colour) => colour !== undefined)
    ? known
    : classNames.map((_, index) => vocColour(index + 1));
}

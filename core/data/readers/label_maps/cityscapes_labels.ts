/**
 * The labels of Cityscapes, as cityscapesScripts has them.
 *
 * @module
 */

/** Names of the 19 classes in the order of their train ids. */
export const cityscapesClasses = [
  "road",
  "sidewalk",
  "building",
  "wall",
  "fence",
  "pole",
  "traffic light",
  "traffic sign",
  "vegetation",
  "terrain",
  "sky",
  "person",
  "rider",
  "car",
  "truck",
  "bus",
  "train",
  "motorcycle",
  "bicycle",
] as const;

/** Label ids of the 19 classes, in the same order. */
export const cityscapesIds: readonly number[] = [
  7,
  8,
  11,
  12,
  13,
  17,
  19,
  20,
  21,
  22,
  23,
  24,
  25,
  26,
  27,
  28,
  31,
  32,
  33,
];

/** Greatest label id. Those between that are not of the 19 classes are not judged. */
export const lastCityscapesId = 33;

/** Label id of the car that drives: not judged. */
export const egoVehicleId = 1;

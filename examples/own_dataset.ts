/**
 * A data set of one's own, drawn here: coloured discs and squares on grey.
 *
 *     deno task distill --plugin ./examples/own_dataset.ts --data shapes --out runs/shapes
 *
 * @module
 */

import {
  type Dataset,
  getSplit,
  SampleList,
  type SplitInfo,
  type SplitName,
} from "@lgd-bench/lgd-bench/data";
import { RandomStream } from "@lgd-bench/lgd-bench/random";

const side = 48;
const classNames = ["red disc", "red square", "blue disc", "blue square"];
const imagesPerSplit: Readonly<Record<SplitName, number>> = { train: 96, tune: 16, test: 32 };
const splits: readonly SplitInfo[] = [
  { name: "train", role: "train", title: "drawn for training" },
  { name: "tune", role: "tune", title: "drawn for tuning" },
  { name: "test", role: "test", title: "drawn for testing" },
];

/** The pixels of an image, RGB. */
function drawShape(split: SplitName, index: number): Uint8Array {
  const random = new RandomStream(index, "shapes", split);
  const label = index % classNames.length;
  const x = random.uniform(16, 32), y = random.uniform(16, 32), radius = random.uniform(7, 14);
  const colour = label < 2 ? [210, 40, 40] : [40, 60, 210], ground = random.integer(160) + 60;
  return Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const dx = Math.abs(pixel % side - x), dy = Math.abs(Math.floor(pixel / side) - y);
    const inside = label % 2 === 0 ? Math.hypot(dx, dy) < radius : Math.max(dx, dy) < radius;
    return inside ? colour[at % 3]! : ground;
  });
}

const shapes: Dataset = {
  name: "shapes",
  title: "Shapes",
  credits: [],
  annotationKind: "label",
  classNames,
  splits,
  samples(split) {
    const length = imagesPerSplit[getSplit(shapes, split).name]!;
    const samples = Array.from({ length }, (_, index) => ({
      id: `${split}/${index}`,
      label: index % classNames.length,
    }));
    return Promise.resolve(SampleList.from(samples));
  },
  annotation: (_, index) => Promise.resolve({ kind: "label", label: index % classNames.length }),
  decode: (split, index) =>
    Promise.resolve({ width: side, height: side, pixels: drawShape(split, index) }),
  fingerprint: (split) => Promise.resolve(`shapes, version 1, ${split}`),
  skipped: () => [],
};

/** The plug-in. */
export default { dataset: { name: shapes.name, load: () => Promise.resolve(shapes) } };

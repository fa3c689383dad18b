/**
 * How an image with its classes is written in each layout.
 *
 * @module
 */

import { join } from "node:path";
import { ConfigError } from "../../../errors.ts";
import { writeFileAtomic } from "../../../files.ts";
import type { SegmentationAnnotation } from "../../annotation.ts";
import type { RgbImage } from "../../augmentation/image_memory.ts";
import { type Dataset, getSplit, type SplitName } from "../../dataset.ts";
import { writeGreyPng, writePng } from "../written_folder.ts";
import { ade20kNamesFile } from "./ade20k_names.ts";
import { cityscapesClasses, cityscapesIds, egoVehicleId } from "./cityscapes_labels.ts";
import { notJudged } from "./label_rule.ts";

/** Writes a data set in one layout. */
export interface LabelWriter {
  /** `"Cityscapes"` */
  readonly title: string;
  /** Files and folders that the layout has at its top. */
  readonly ownFiles: readonly string[];
  /** Folder of the label files of a split. */
  labelFolder(split: SplitName): string;
  /** Writes an image. @param index Its place in the split. */
  write(
    split: SplitName,
    index: number,
    image: RgbImage,
    annotation: SegmentationAnnotation,
  ): Promise<void>;
  /** Writes what belongs to the whole. */
  finish(): Promise<void>;
}

/** The numbers of a map in the place of its classes. @param numbers By class, `[256]`. */
function renumber(map: SegmentationAnnotation["map"], numbers: Uint8Array): Uint8Array {
  return Uint8Array.from(map, (label) => numbers[label]!);
}

/** A number for each class, and one for "not judged". */
function numberTable(numbers: readonly number[], other: number): Uint8Array {
  const table = new Uint8Array(256).fill(other);
  table.set(numbers);
  return table;
}

/** Whether classes are those of Cityscapes. */
export function hasCityscapesClasses({ classNames }: Pick<Dataset, "classNames">): boolean {
  return classNames.length === cityscapesClasses.length &&
    classNames.every((name, label) => name === cityscapesClasses[label]);
}

/** Cityscapes' layout: label ids and train ids. The data set is one city. */
export function cityscapesWriter(dataset: Pick<Dataset, "name">, folder: string): LabelWriter {
  // Places of a file's name are divided by _, which a city's name must not have.
  const city = dataset.name.split(/[-:]/)[0]!.toLowerCase().replaceAll(/[^a-z]/g, "") || "city";
  const ids = numberTable(cityscapesIds, egoVehicleId);
  const trainIds = numberTable(cityscapesClasses.map((_, label) => label), notJudged);
  return {
    title: "Cityscapes",
    ownFiles: ["leftImg8bit", "gtFine"],
    labelFolder: (split) => join(folder, "gtFine", split, city),
    async write(split, index, image, { width, height, map }) {
      const stem = `${city}_${`${index}`.padStart(6, "0")}_000019`;
      const label = join(folder, "gtFine", split, city, `${stem}_gtFine`);
      await writePng(
        join(folder, "leftImg8bit", split, city, `${stem}_leftImg8bit.png`),
        image,
      );
      for (const [kind, table] of [["labelIds", ids], ["labelTrainIds", trainIds]] as const) {
        await writeGreyPng(`${label}_${kind}.png`, { width, height, values: renumber(map, table) });
      }
    },
    finish: () => Promise.resolve(),
  };
}

/** Names of splits as ADE20K has them. */
const ade20kSplits: Readonly<Record<string, string>> = { train: "training", val: "validation" };

/**
 * ADE20K's layout: 0 is not judged, classes count from 1, and a table names them.
 *
 * @throws {ConfigError} where a name of a class has a comma, which would divide it.
 */
export function ade20kWriter(
  dataset: Pick<Dataset, "name" | "classNames" | "splits">,
  folder: string,
): LabelWriter {
  const { name: datasetName, classNames } = dataset;
  const bad = classNames.find((name) => /[,;\t\r\n]/.test(name) || name.trim() !== name);
  if (bad !== undefined) {
    throw new ConfigError(
      `Cannot write ${datasetName} in ADE20K's layout: the class name ${JSON.stringify(bad)} has ` +
        "a character that divides names there",
    );
  }
  const numbers = numberTable(classNames.map((_, label) => label + 1), 0);
  const folderOf = (part: string, split: SplitName) =>
    join(folder, part, ade20kSplits[split] ?? split);
  const pixels = new Float64Array(256);
  let allPixels = 0;
  /** Images that show each class: of splits to train on, and of others. */
  const images = { train: new Uint32Array(256), other: new Uint32Array(256) };
  return {
    title: "ADE20K",
    ownFiles: ["images", "annotations", ade20kNamesFile],
    labelFolder: (split) => folderOf("annotations", split),
    async write(split, index, image, { width, height, map }) {
      const stem = `ADE_${split}_${`${index + 1}`.padStart(8, "0")}.png`;
      const values = renumber(map, numbers);
      for (const value of values) pixels[value]!++;
      allPixels += values.length;
      const shown = getSplit(dataset, split).role === "train" ? images.train : images.other;
      for (const value of new Set(values)) shown[value]!++;
      await writePng(join(folderOf("images", split), stem), image);
      await writeGreyPng(join(folderOf("annotations", split), stem), { width, height, values });
    },
    async finish() {
      const rows = classNames.map((name, label) =>
        [
          label + 1,
          (pixels[label + 1]! / allPixels).toFixed(4),
          images.train[label + 1],
          images.other[label + 1],
          name,
        ].join("\t")
      );
      const table = ["Idx\tRatio\tTrain\tVal\tName", ...rows, ""].join("\n");
      await writeFileAtomic(join(folder, ade20kNamesFile), table);
    },
  };
}

/**
 * Writes a data set with a class for every pixel as a folder: in Cityscapes' layout where it has
 * Cityscapes' classes, in ADE20K's otherwise. Other programs read these, and `cityscapes:FOLDER` and
 * `ade20k:FOLDER` too. Images are PNG, so that they are what they were.
 *
 * @module
 */

import { ConfigError } from "../../../errors.ts";
import type { Annotation, SegmentationAnnotation } from "../../annotation.ts";
import { type Dataset, getSplit, splitNames } from "../../dataset.ts";
import { assertNoOtherFiles, type WriteOptions, type WrittenSplit } from "../written_folder.ts";
import { ade20kWriter, cityscapesWriter, hasCityscapesClasses } from "./label_writers.ts";
import { mostLabelClasses } from "./label_rule.ts";

/** Images after which progress is told. */
const imagesPerMessage = 500;

/**
 * Writes splits of a data set.
 *
 * @throws {ConfigError} where the data set has no classes of pixels, too many of them, or no such split.
 * @throws {DataError} where the folder has other files, or cannot be written.
 */
export async function writeLabelFolder(
  dataset: Dataset<Annotation>,
  folder: string,
  { splits: wanted, onProgress = () => {} }: WriteOptions = {},
): Promise<WrittenSplit[]> {
  const { name, annotationKind, classNames } = dataset;
  if (annotationKind !== "segmentation") {
    throw new ConfigError(
      `Dataset "${name}" has no class for every pixel to write: its annotations are of kind ` +
        `"${annotationKind}", expected "segmentation"`,
    );
  }
  if (classNames.length > mostLabelClasses) {
    throw new ConfigError(
      `Cannot write ${name}: it has ${classNames.length} classes, possible are ${mostLabelClasses}`,
    );
  }
  const splits = wanted?.length ? wanted : splitNames(dataset);
  for (const split of splits) getSplit(dataset, split);
  const writer = hasCityscapesClasses(dataset)
    ? cityscapesWriter(dataset, folder)
    : ade20kWriter(dataset, folder);
  await assertNoOtherFiles(name, folder, writer.ownFiles);
  const labelled = dataset as Dataset<SegmentationAnnotation>;
  const written: WrittenSplit[] = [];
  for (const split of splits) {
    const { length } = await labelled.samples(split);
    for (let index = 0; index < length; index++) {
      const image = await labelled.decode(split, index);
      await writer.write(split, index, image, await labelled.annotation(split, index));
      if (index % imagesPerMessage === imagesPerMessage - 1) {
        onProgress(`${split}: ${index + 1} of ${length} images`);
      }
    }
    written.push({ split, path: writer.labelFolder(split), images: length });
  }
  await writer.finish();
  return written;
}

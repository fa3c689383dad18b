/**
 * Writes a data set with objects as a folder in COCO's layout: PNG images, and an annotation file for
 * each split, which any COCO tool reads, and `coco:FOLDER` too.
 *
 * @module
 */

import { join } from "node:path";
import { ConfigError } from "../../../errors.ts";
import { writeFileInParts } from "../../../files.ts";
import type { Annotation, InstanceMask, InstancesAnnotation } from "../../annotation.ts";
import { type Dataset, getSplit, type SplitName, splitNames } from "../../dataset.ts";
import {
  assertNoOtherFiles,
  type WriteOptions,
  writePng,
  type WrittenSplit,
} from "../written_folder.ts";

/** Polygons as they are; masks of pixels as run lengths, column by column. */
function segmentationOf(mask: InstanceMask): unknown {
  if (mask.kind === "polygons") return mask.polygons.map((polygon) => [...polygon]);
  return { size: [mask.height, mask.width], counts: [...mask.counts] };
}

function maskArea(mask: InstanceMask): number | undefined {
  if (mask.kind === "polygons") return undefined;
  return mask.counts.reduce((sum, count, run) => run % 2 === 1 ? sum + count : sum, 0);
}

/** Rows of the objects of one image. */
function objectRows(
  { boxes, categories, crowd, masks, areas }: InstancesAnnotation,
  { image, firstId, categoryIds }: {
    readonly image: number;
    readonly firstId: number;
    readonly categoryIds: readonly number[];
  },
): unknown[] {
  return Array.from(categories, (category, object) => {
    const [x0, y0, x1, y1] = boxes.subarray(4 * object, 4 * object + 4);
    const width = x1! - x0!, height = y1! - y0!;
    return {
      id: firstId + object,
      image_id: image,
      category_id: categoryIds[category],
      bbox: [x0, y0, width, height],
      area: areas?.[object] ?? maskArea(masks[object]!) ?? width * height,
      iscrowd: crowd[object],
      segmentation: segmentationOf(masks[object]!),
    };
  });
}

async function writeSplit(
  dataset: Dataset<InstancesAnnotation>,
  split: SplitName,
  folder: string,
  onProgress: (message: string) => void,
): Promise<WrittenSplit> {
  const samples = await dataset.samples(split);
  const categoryIds = dataset.categoryIds ?? dataset.classNames.map((_, label) => label + 1);
  const path = join(folder, "annotations", `instances_${split}.json`);
  const encoder = new TextEncoder();
  const annotations: string[] = [];
  await writeFileInParts(path, async (write) => {
    const writeText = (text: string) => write(encoder.encode(text));
    const info = { description: dataset.title, contributor: dataset.credits.join("; ") };
    const categories = dataset.classNames.map((name, label) => ({ id: categoryIds[label], name }));
    await writeText(`{"info": ${JSON.stringify(info)},\n"licenses": [],\n`);
    await writeText(`"categories": ${JSON.stringify(categories)},\n"images": [\n`);
    for (let index = 0; index < samples.length; index++) {
      const image = await dataset.decode(split, index);
      const id = dataset.imageId?.(split, index) ?? index + 1;
      const file = `${`${id}`.padStart(6, "0")}.png`;
      await writePng(join(folder, split, file), image);
      const row = { id, file_name: file, width: image.width, height: image.height };
      await writeText(`${JSON.stringify(row)}${index + 1 < samples.length ? ",\n" : "\n"}`);
      const firstId = annotations.length + 1;
      const rows = objectRows(await dataset.annotation(split, index), {
        image: id,
        firstId,
        categoryIds,
      });
      annotations.push(...rows.map((row) => JSON.stringify(row)));
      if (index % 500 === 499) onProgress(`${split}: ${index + 1} of ${samples.length} images`);
    }
    await writeText(`],\n"annotations": [\n`);
    for (let first = 0; first < annotations.length; first += 1000) {
      const part = annotations.slice(first, first + 1000).join(",\n");
      await writeText(`${part}${first + 1000 < annotations.length ? ",\n" : "\n"}`);
    }
    await writeText("]}\n");
  });
  return { split, path, images: samples.length, objects: annotations.length };
}

/**
 * Writes splits of a data set.
 *
 * @param options.splits Names of splits. @default {all}
 * @param options.onProgress Told what was written.
 * @throws {ConfigError} where the data set has no objects, or no such split.
 * @throws {DataError} where the folder has other annotations, or cannot be written.
 */
export async function writeCocoFolder(
  dataset: Dataset<Annotation>,
  folder: string,
  options: WriteOptions = {},
): Promise<WrittenSplit[]> {
  if (dataset.annotationKind !== "instances") {
    throw new ConfigError(
      `Dataset "${dataset.name}" has no objects to write: its annotations are of kind ` +
        `"${dataset.annotationKind}", expected "instances"`,
    );
  }
  const splits = options.splits?.length ? options.splits : splitNames(dataset);
  for (const split of splits) getSplit(dataset, split);
  await assertNoOtherFiles(dataset.name, folder, ["annotations", ...splits]);
  const written: WrittenSplit[] = [];
  for (const split of splits) {
    written.push(
      await writeSplit(
        dataset as Dataset<InstancesAnnotation>,
        split,
        folder,
        options.onProgress ?? (() => {}),
      ),
    );
  }
  return written;
}

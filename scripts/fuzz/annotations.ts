/**
 * Parsers of annotations that other programs write: COCO's and LVIS's JSON.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { InstancesAnnotation } from "../../core/data/annotation.ts";
import { openAnnotatedDataset } from "../../core/data/readers/coco/annotated_dataset.ts";
import {
  type AnnotationDialect,
  cocoDialect,
  lvisDialect,
} from "../../core/data/readers/coco/dialect.ts";
import { takeDataWarnings } from "../../core/data/warnings.ts";
import { packageFile } from "../../core/files.ts";
import { type FuzzParser, overwrite, textSeed } from "./parser.ts";

/** Reads an annotation file with all its objects; images are there as far as a listing looks. */
function annotationParser(
  dialect: AnnotationDialect,
  fixture: string,
  place: string,
  images: readonly string[],
): FuzzParser {
  return {
    name: `annotations/${dialect.family}`,
    isChecked: false,
    async open(folder) {
      for (const image of images) {
        await Deno.mkdir(dirname(join(folder, image)), { recursive: true });
        await Deno.writeFile(join(folder, image), new Uint8Array(0));
      }
      const path = join(folder, place);
      await Deno.mkdir(dirname(path), { recursive: true });
      const text = await Deno.readTextFile(
        packageFile(`core/data/readers/coco/testdata/${fixture}`),
      );
      return {
        seeds: [textSeed(fixture, text)],
        async parse(bytes) {
          await overwrite(path, bytes);
          takeDataWarnings();
          const dataset = await openAnnotatedDataset(folder, dialect);
          const split = dataset.splits[0]!.name;
          const samples = await dataset.samples(split);
          const annotations: InstancesAnnotation[] = [];
          for (let index = 0; index < samples.length; index++) {
            annotations.push(await dataset.annotation(split, index));
          }
          const { classNames, categoryIds, categoryFrequency } = dataset;
          return {
            ids: samples.ids(),
            annotations,
            classes: [classNames, categoryIds ?? [], categoryFrequency ?? []],
            skipped: dataset.skipped(split),
          };
        },
      };
    },
  };
}

/** Parsers of annotations. */
export const annotationParsers: readonly FuzzParser[] = [
  annotationParser(
    cocoDialect,
    "instances_val2017.json",
    "annotations/instances_val2017.json",
    [397133, 37777, 252219, 87038].map((id) => `val2017/${`${id}`.padStart(12, "0")}.jpg`),
  ),
  annotationParser(
    lvisDialect,
    "lvis_v1_val.json",
    "lvis_v1_val.json",
    ["val2017/000000397133.jpg", "train2017/000000252219.jpg"],
  ),
];

/**
 * Parsers of label files, and of the table that names ADE20K's classes.
 *
 * @module
 */

import { decodeLabelPng } from "../../core/data/decoding/label_png.ts";
import { ade20kLayout } from "../../core/data/readers/label_maps/ade20k_layout.ts";
import { parseAde20kNames } from "../../core/data/readers/label_maps/ade20k_names.ts";
import { cityscapesLayout } from "../../core/data/readers/label_maps/cityscapes_layout.ts";
import type { LabelLayout } from "../../core/data/readers/label_maps/label_layout.ts";
import { openLabelledDataset } from "../../core/data/readers/label_maps/labelled_dataset.ts";
import { vocLayout } from "../../core/data/readers/label_maps/voc_layout.ts";
import { join } from "node:path";
import { splitNames } from "../../core/data/dataset.ts";
import { packageFile } from "../../core/files.ts";
import { type FuzzParser, overwrite, textSeed } from "./parser.ts";

const testdata = "core/data/readers/label_maps/testdata";

async function readJson<T>(name: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(packageFile(`${testdata}/${name}`)));
}

const labelPng: FuzzParser = {
  name: "labels/png",
  isChecked: true,
  async open() {
    const files = await readJson<Record<string, { bytes: string; values: unknown }>>("files.json");
    return {
      seeds: Object.entries(files).flatMap(([name, { bytes, values }]) =>
        values === null ? [] : [{ name, bytes: Uint8Array.fromBase64(bytes) }]
      ),
      parse: (bytes) => ({ ...decodeLabelPng(bytes) }),
    };
  },
};

const names: FuzzParser = {
  name: "labels/ade20k-names",
  isChecked: false,
  open() {
    const rows = ["wall", "building, edifice", "sky", "bed "].map((name, index) =>
      `${index + 1}\t0.1576\t11664\t1172\t${name}\n`
    );
    return Promise.resolve({
      seeds: [textSeed("objectInfo150.txt", `Idx\tRatio\tTrain\tVal\tName\n${rows.join("")}`)],
      parse: (bytes) => parseAde20kNames(new TextDecoder().decode(bytes), "objectInfo150.txt"),
    });
  },
};

/** Reads a folder of which one file is changed. */
function folderParser(layout: LabelLayout, file: string): FuzzParser {
  return {
    name: `labels/${layout.family}`,
    isChecked: false,
    async open(folder) {
      const files = await readJson<Record<string, string>>("folders.json");
      const prefix = `${layout.family}/`;
      for (const [path, bytes] of Object.entries(files)) {
        if (!path.startsWith(prefix)) continue;
        const to = join(folder, path.slice(prefix.length));
        await Deno.mkdir(join(to, ".."), { recursive: true });
        await Deno.writeFile(to, Uint8Array.fromBase64(bytes));
      }
      return {
        seeds: [{ name: file, bytes: Uint8Array.fromBase64(files[prefix + file]!) }],
        async parse(bytes) {
          await overwrite(join(folder, file), bytes);
          const dataset = await openLabelledDataset(folder, layout);
          const found: unknown[] = [dataset.classNames];
          for (const split of splitNames(dataset)) {
            const samples = await dataset.samples(split);
            found.push(samples.ids(), dataset.skipped(split));
            for (let index = 0; index < samples.length; index++) {
              found.push(await dataset.annotation(split, index));
            }
          }
          return found;
        },
      };
    },
  };
}

/** Parsers of data sets with a class for every pixel. */
export const labelParsers: readonly FuzzParser[] = [
  labelPng,
  names,
  folderParser(
    cityscapesLayout,
    "gtFine/val/frankfurt/frankfurt_000000_000294_gtFine_labelIds.png",
  ),
  folderParser(ade20kLayout, "ADEChallengeData2016/images/validation/ADE_val_00000001.jpg"),
  folderParser(vocLayout, "VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt"),
];

/**
 * Pascal VOC's layout: `JPEGImages/ID.jpg`, the labels in `SegmentationClass/ID.png`, and the ids of a
 * split in `ImageSets/Segmentation/SPLIT.txt`.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { explainReadError } from "../../../files.ts";
import type { SkippedFiles } from "../imagefolder/skipped_files.ts";
import { type AddLabelled, entriesOf, findRoot, type LabelLayout } from "./label_layout.ts";
import { labelRule, notJudged } from "./label_rule.ts";

const images = "JPEGImages", labels = "SegmentationClass", lists = "ImageSets/Segmentation";

/** Names of the 21 classes in the order of their numbers. */
export const vocClasses: readonly string[] = [
  "background",
  "aeroplane",
  "bicycle",
  "bird",
  "boat",
  "bottle",
  "bus",
  "car",
  "cat",
  "chair",
  "cow",
  "diningtable",
  "dog",
  "horse",
  "motorbike",
  "person",
  "pottedplant",
  "sheep",
  "sofa",
  "train",
  "tvmonitor",
];

const rule = labelRule("a class from 0 to 20, or 255 at the outline of an object", [
  ...vocClasses.map((_, label) => [label, label] as const),
  [notJudged, notJudged],
]);

/** Most bytes of a list of ids. */
const mostBytes = 2 ** 26;
/** Longest id. */
const longestId = 200;

function readIds(path: string): string[] {
  try {
    const { size, isFile } = Deno.statSync(path);
    if (!isFile || size > mostBytes) {
      throw new DataError(
        `${path} is not a list of ids: expected a file of at most ${mostBytes} bytes`,
      );
    }
    return Deno.readTextFileSync(path).split(/\r?\n/).map((line) => line.trim());
  } catch (error) {
    throw error instanceof DataError ? error : explainReadError(path, error);
  }
}

/** Whether a line is an id, which is a part of a path. */
function isId(line: string): boolean {
  return line.length <= longestId && /^\w[\w.-]*$/.test(line);
}

/**
 * A list of which no line is an id names no split: it is empty, or is not what it should be. Labels of VOC's
 * own test images are not published, so a list of ids without labels is none either, and nothing to tell of.
 *
 * @throws {DataError} where no line is an id.
 */
function namesSplit(path: string, ids: readonly string[], labelled: ReadonlySet<string>): boolean {
  if (ids.some((id) => labelled.has(`${id}.png`))) return true;
  if (ids.some(isId)) return false;
  const first = ids.find((line) => line !== "");
  throw new DataError(
    `${path} names no images: expected an id a line, as UTF-8, that has a label file ` +
      `${labels}/ID.png, got ${
        first === undefined ? "an empty file" : JSON.stringify(first.slice(0, 40))
      }; fix the list, or remove it`,
  );
}

/** Lists the ids that have an image and a label file. */
function listIds(
  split: string,
  ids: readonly string[],
  files: { readonly images: ReadonlySet<string>; readonly labels: ReadonlySet<string> },
  add: AddLabelled,
  skipped: SkippedFiles,
): void {
  const seen = new Set<string>();
  for (const [index, id] of ids.entries()) {
    if (id === "") continue;
    const at = `${lists}/${split}.txt:${index + 1}`;
    if (!isId(id)) {
      skipped.add(split, at, "it is not an id: expected letters, digits, _, . and -", "line");
    } else if (seen.has(id)) {
      skipped.add(split, id, "it is listed before", "line");
    } else if (!files.images.has(`${id}.jpg`)) {
      skipped.add(split, `${images}/${id}.jpg`, "there is no such file", "image");
    } else if (!files.labels.has(`${id}.png`)) {
      skipped.add(split, `${images}/${id}.jpg`, `it has no label file in ${labels}`, "image");
    } else add(`${images}/${id}.jpg`);
    seen.add(id);
  }
}

/** Pascal VOC 2012, and other years. */
export const vocLayout: LabelLayout = {
  family: "voc",
  open(folder) {
    const root = findRoot(folder, [".", "VOC2012", "VOCdevkit/VOC2012"], labels);
    const filesOf = (part: string) =>
      new Set(root === undefined ? [] : entriesOf(join(root, part))?.files ?? []);
    const files = { images: filesOf(images), labels: filesOf(labels) };
    // What begins with a dot is hidden: archives of other systems bring such files.
    const splits = [...filesOf(lists)].filter((name) => /^[^.].*\.txt$/.test(name))
      .map((file) => {
        const path = join(root!, lists, file);
        return { name: file.slice(0, -4), path, ids: readIds(path) };
      })
      .filter(({ path, ids }) => namesSplit(path, ids, files.labels));
    if (root === undefined || splits.length === 0) {
      throw new DataError(
        `Dataset "voc:${folder}" has no images with labels: expected ${images}/ID.jpg, ` +
          `${labels}/ID.png and ${lists}/train.txt, as VOCtrainval_11-May-2012.tar unpacks to`,
      );
    }
    return {
      root,
      classNames: vocClasses,
      splits: splits.map(({ name, ids }) => ({
        name,
        rule,
        labelOf: (image) => `${labels}${image.slice(images.length, -".jpg".length)}.png`,
        list: (add, skipped) => listIds(name, ids, files, add, skipped),
      })),
    };
  },
};

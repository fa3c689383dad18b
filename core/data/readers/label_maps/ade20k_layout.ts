/**
 * ADE20K's layout of the scene parsing benchmark: `images/SPLIT/….jpg`, the labels in
 * `annotations/SPLIT/….png`, and the names of the classes in `objectInfo150.txt`.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { ade20kNamesFile, readAde20kNames } from "./ade20k_names.ts";
import {
  entriesOf,
  findRoot,
  hasImageEnding,
  type LabelLayout,
  listPairs,
  stemOf,
} from "./label_layout.ts";
import { labelRule, notJudged } from "./label_rule.ts";

const images = "images", labels = "annotations";

/** ADE20K, 150 classes; or as many as the table names. */
export const ade20kLayout: LabelLayout = {
  family: "ade20k",
  open(folder) {
    const root = findRoot(folder, [".", "ADEChallengeData2016"], labels);
    const splits = root === undefined ? [] : entriesOf(join(root, labels))!.folders;
    const pictured = root === undefined ? [] : entriesOf(join(root, images))?.folders ?? [];
    const used = splits.filter((split) => pictured.includes(split));
    if (root === undefined || used.length === 0) {
      throw new DataError(
        `Dataset "ade20k:${folder}" has no images with labels: expected ${images}/training/….jpg, ` +
          `${labels}/training/….png and ${ade20kNamesFile}, as ADEChallengeData2016.zip unpacks to`,
      );
    }
    const classNames = readAde20kNames(join(root, ade20kNamesFile));
    const rule = labelRule(`0 (not judged) or a class from 1 to ${classNames.length}`, [
      [0, notJudged],
      ...classNames.map((_, label) => [label + 1, label] as const),
    ]);
    return {
      root,
      classNames,
      splits: used.map((name) => ({
        name,
        rule,
        labelOf: (image) => `${labels}${stemOf(image).slice(images.length)}.png`,
        list(add, skipped) {
          const namesOf = (part: string) => entriesOf(join(root, part, name))?.files ?? [];
          listPairs(
            name,
            {
              images: `${images}/${name}`,
              labels: `${labels}/${name}`,
              names: { images: namesOf(images), labels: namesOf(labels) },
            },
            (file) => hasImageEnding(file) ? `${stemOf(file)}.png` : undefined,
            add,
            skipped,
          );
        },
      })),
    };
  },
};

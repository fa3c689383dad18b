/**
 * Cityscapes' layout: `leftImg8bit/SPLIT/CITY/…_leftImg8bit.png`, with the fine labels in
 * `gtFine/SPLIT/CITY/…_gtFine_labelIds.png` or `…_gtFine_labelTrainIds.png`.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { cityscapesClasses, cityscapesIds, lastCityscapesId } from "./cityscapes_labels.ts";
import {
  entriesOf,
  findRoot,
  type LabelLayout,
  type LabelSplit,
  listPairs,
} from "./label_layout.ts";
import { type LabelRule, labelRule, notJudged } from "./label_rule.ts";

const images = "leftImg8bit", labels = "gtFine";
const imageEnd = `_${images}.png`;

/** Endings of label files, the better first: label ids are what Cityscapes publishes. */
const kinds: readonly (readonly [end: string, rule: LabelRule])[] = [
  [
    `_${labels}_labelIds.png`,
    labelRule(`a label id from 0 to ${lastCityscapesId}`, [
      ...Array.from({ length: lastCityscapesId + 1 }, (_, id) => [id, notJudged] as const),
      ...cityscapesIds.map((id, label) => [id, label] as const),
    ]),
  ],
  [
    `_${labels}_labelTrainIds.png`,
    labelRule("a train id from 0 to 18, or 255", [
      ...cityscapesClasses.map((_, label) => [label, label] as const),
      [notJudged, notJudged],
    ]),
  ],
];

/** Labels of these are not published: files of that name say "not judged" everywhere. */
const unpublished: ReadonlySet<string> = new Set(["test"]);

/** Cities of a split that have labels or images, and the names of their files. */
function openSplit(root: string, name: string): LabelSplit {
  const folderOf = (part: string, city: string) => join(root, part, name, city);
  const cities = entriesOf(join(root, images, name))?.folders ?? [];
  const labelled = new Map(
    cities.map((city) => [city, entriesOf(folderOf(labels, city))?.files ?? []]),
  );
  const [end, rule] =
    kinds.find(([end]) =>
      [...labelled.values()].some((files) => files.some((file) => file.endsWith(end)))
    ) ??
      kinds[0]!;
  return {
    name,
    rule,
    labelOf: (image) => `${labels}${image.slice(images.length, -imageEnd.length)}${end}`,
    list(add, skipped) {
      for (const city of cities) {
        listPairs(
          name,
          {
            images: `${images}/${name}/${city}`,
            labels: `${labels}/${name}/${city}`,
            names: {
              images: entriesOf(folderOf(images, city))?.files ?? [],
              // Besides there are colours, instances and polygons.
              labels: labelled.get(city)!.filter((file) => file.endsWith(end)),
            },
          },
          (file) => file.endsWith(imageEnd) ? file.slice(0, -imageEnd.length) + end : undefined,
          add,
          skipped,
          (file) => {
            const other = kinds.find(([kind]) =>
              kind !== end && labelled.get(city)!.includes(file.slice(0, -imageEnd.length) + kind)
            );
            return other &&
              `it has a label file …${other[0]} alone, but the split is read by …${end}: ` +
                "the kinds are not mixed in a split";
          },
        );
      }
    },
  };
}

/** Cityscapes, fine labels. */
export const cityscapesLayout: LabelLayout = {
  family: "cityscapes",
  open(folder) {
    const root = findRoot(folder, ["."], images);
    const splits = root === undefined ? [] : entriesOf(join(root, images))!.folders;
    const labelled = entriesOf(join(folder, labels))?.folders ?? [];
    const used = splits.filter((split) => labelled.includes(split) && !unpublished.has(split));
    if (root === undefined || used.length === 0) {
      throw new DataError(
        `Dataset "cityscapes:${folder}" has no images with labels: expected ` +
          `${images}/train/CITY/…${imageEnd} and ${labels}/train/CITY/…${kinds[0]![0]}, as the ` +
          `archives ${images}_trainvaltest.zip and ${labels}_trainvaltest.zip unpack to; labels of ` +
          "test are not published",
      );
    }
    return {
      root,
      classNames: cityscapesClasses,
      splits: used.map((split) => openSplit(root, split)),
    };
  },
};

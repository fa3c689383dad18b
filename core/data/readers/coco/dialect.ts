/**
 * In which ways COCO's files and those made after them differ.
 *
 * @module
 */

import type { SplitRole } from "../../dataset.ts";

/** What differs from family to family. */
export interface AnnotationDialect {
  /** `"coco"` */
  readonly family: string;
  /** Where annotation files are looked for, relative to the data set's folder. */
  readonly annotationFolders: readonly string[];
  /** Name of a split that an annotation file is of, by the name of the file; undefined for others. */
  splitOf(fileName: string): string | undefined;
  /** For messages: `annotations/instances_SPLIT.json`. */
  readonly annotationFiles: string;
  /** Where the images of a split may be, relative to the data set's folder; the first that is there. */
  imageFolders(split: string): readonly string[];
  /** File of an image relative to the folder of images; undefined where its row names none. */
  imageFileOf(row: Readonly<Record<string, unknown>>): string | undefined;
  /** Name of a class by the name of its category. */
  classNameOf(category: string): string;
  /** Whether images say which categories were looked for, and categories how frequent they are. */
  readonly isFederated: boolean;
}

/** What a split is for, by its name. */
export function roleOfSplit(split: string): SplitRole {
  if (/^train/i.test(split)) return "train";
  return /^(mini|dev|tune)/i.test(split) ? "tune" : "test";
}

const text = (value: unknown) => typeof value === "string" && value !== "" ? value : undefined;

/** COCO 2014 and 2017, and everything that writes the same format. */
export const cocoDialect: AnnotationDialect = {
  family: "coco",
  annotationFolders: ["annotations", "."],
  splitOf: (fileName) => /^instances_(.+)\.json$/.exec(fileName)?.[1],
  annotationFiles: "annotations/instances_SPLIT.json",
  imageFolders: (split) => [split, `images/${split}`, "images"],
  imageFileOf: ({ file_name }) => text(file_name),
  classNameOf: (category) => category,
  isFederated: false,
};

/** LVIS v1: images are COCO's, of any of its folders, named by the end of their address. */
export const lvisDialect: AnnotationDialect = {
  family: "lvis",
  annotationFolders: ["annotations", "."],
  splitOf: (fileName) => /^lvis_v1_(?!image_info)(.+)\.json$/.exec(fileName)?.[1],
  annotationFiles: "annotations/lvis_v1_SPLIT.json",
  imageFolders: () => [".", "images"],
  imageFileOf: ({ coco_url, file_name }) =>
    text(coco_url)?.split("/").slice(-2).join("/") ?? text(file_name),
  classNameOf: (category) => category.replaceAll("_", " "),
  isFederated: true,
};

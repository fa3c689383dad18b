/**
 * Folders in COCO's and LVIS's layout, for tests of what reads them.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { encodeNoise } from "../../../testdata/image_folder.ts";

/** One object as another program reads it. */
export interface ExpectedObject {
  readonly id: number;
  readonly image: number;
  readonly category: string;
  readonly bbox: readonly number[];
  readonly area: number;
  readonly iscrowd: number;
  /** Run lengths, column by column. */
  readonly runs: readonly number[];
}

async function readText(name: string): Promise<string> {
  return await Deno.readTextFile(join(import.meta.dirname!, name));
}

/** What pycocotools and the lvis package read from the files beside this one. */
export async function readExpected(): Promise<
  Readonly<Record<"coco" | "lvis", readonly ExpectedObject[]>>
> {
  return JSON.parse(await readText("expected.json"));
}

/** A row of a list of images. */
export interface ImageRow {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly file_name?: string;
  readonly coco_url?: string;
}

/** A file in COCO's format; members of rows may be anything. */
export interface CocoFile {
  images: ImageRow[];
  annotations: Record<string, unknown>[];
  categories: Record<string, unknown>[];
}

/** The annotation file of COCO that another program made. */
export async function readCocoFile(): Promise<CocoFile> {
  return JSON.parse(await readText("instances_val2017.json"));
}

/** The annotation file of LVIS that another program made. */
export async function readLvisFile(): Promise<CocoFile> {
  return JSON.parse(await readText("lvis_v1_val.json"));
}

/** Writes an image of noise for each row. */
export async function writeImages(
  folder: string,
  rows: readonly ImageRow[],
  nameOf: (row: ImageRow) => string,
): Promise<void> {
  for (const [index, row] of rows.entries()) {
    const path = join(folder, nameOf(row));
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, await encodeNoise(index, "jpeg", row));
  }
}

/** Runs a test with a folder in COCO's layout: one split, whose files are written by `change`. */
export async function withCocoFolder(
  work: (folder: string, file: CocoFile) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const file = await readCocoFile();
    await writeImages(join(folder, "val2017"), file.images, ({ file_name }) => file_name!);
    await Deno.mkdir(join(folder, "annotations"));
    await writeAnnotations(folder, file);
    await work(folder, file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes an annotation file, or any text in its place. */
export async function writeAnnotations(
  folder: string,
  content: unknown,
  split = "val2017",
): Promise<string> {
  const path = join(folder, "annotations", `instances_${split}.json`);
  await Deno.writeTextFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

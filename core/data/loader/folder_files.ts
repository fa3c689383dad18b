/**
 * The files of an image folder, for a loader.
 *
 * @module
 */

import { join } from "node:path";
import { checkSplit, type SplitName } from "../dataset.ts";
import { listFolder } from "../readers/imagefolder/folder_listing.ts";
import type { ImageFile } from "./messages.ts";

/** An image file with its class. */
export interface LabelledFile extends ImageFile {
  /** Index into the class names. */
  readonly label: number;
}

/** Files of one split of a folder. */
export interface FolderFiles {
  readonly classNames: readonly string[];
  readonly files: readonly LabelledFile[];
}

/**
 * Lists a split of a folder as the dataset `imagefolder:PATH` does.
 *
 * @throws {DataError} where the folder cannot serve.
 * @throws {ConfigError} where it has no such split.
 */
export async function listFolderFiles(path: string, split: SplitName): Promise<FolderFiles> {
  const { root, classNames, samples } = await listFolder(path);
  checkSplit(`imagefolder:${path}`, split, [...samples.keys()]);
  const files = samples.get(split)!
    .map(({ id, label }) => ({ id, label, path: join(root, id) }));
  return { classNames, files };
}

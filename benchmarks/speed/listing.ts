/**
 * Listing an image folder of the size of ImageNet: 1,000 classes, 1.28 million names that exist
 * nowhere but here, so that what is measured is the listing and not the disk.
 *
 *     deno run -A benchmarks/speed/listing.ts [images]
 *
 * Prints one line of JSON: how many images, seconds, and the greatest memory of the process in bytes,
 * before the listing and after it.
 *
 * @module
 */

import { printJson } from "../../core/output.ts";
import type {
  DirectoryEntry,
  DirectoryReader,
} from "../../core/data/readers/imagefolder/directory_reader.ts";
import { listFolder } from "../../core/data/readers/imagefolder/folder_listing.ts";
import { peakBytes } from "./time_steps.ts";

const root = "/synthetic";
const classes = 1000;
/** Images of a class that are for validation, as in ImageNet. */
const validation = 50;

const className = (index: number) => `n${String(1_440_764 + index * 7919).padStart(8, "0")}`;

/** Folders of a data set with so many training images. */
export function syntheticFolders(images: number): DirectoryReader {
  function* folders(names: Iterable<string>): Generator<DirectoryEntry> {
    for (const name of names) yield { name, isFile: false, isDirectory: true, isSymlink: false };
  }
  function* files(folder: string, count: number): Generator<DirectoryEntry> {
    for (let index = 0; index < count; index++) {
      // In no order, as a file system gives them.
      const name = `${folder}_${(index * 7919) % 99_991}.JPEG`;
      yield { name, isFile: true, isDirectory: false, isSymlink: false };
    }
  }
  const names = Array.from({ length: classes }, (_, index) => className(index));
  return {
    readDir(path) {
      const [split, folder] = path.slice(root.length + 1).split("/");
      if (!split) return folders(["train", "val"]);
      if (folder === undefined) return folders(names);
      const place = names.indexOf(folder);
      const train = Math.floor(images * (place + 1) / classes) -
        Math.floor(images * place / classes);
      return files(folder, split === "train" ? train : validation);
    },
    realPath: (path) => Promise.resolve(path),
    stat: () => Promise.reject(new Error("no entry is looked at by itself")),
  };
}

/** What was measured. */
export interface ListingMeasurement {
  readonly images: number;
  readonly seconds: number;
  /** Bytes before and after the listing. */
  readonly peakBefore: number;
  readonly peakAfter: number;
}

/** Lists a synthetic folder with so many training images. */
export async function measureListing(images: number): Promise<ListingMeasurement> {
  const peakBefore = peakBytes();
  const start = performance.now();
  const { samples } = await listFolder(root, syntheticFolders(images));
  const seconds = (performance.now() - start) / 1000;
  return {
    images: samples.get("train")!.length,
    seconds,
    peakBefore,
    peakAfter: peakBytes(),
  };
}

if (import.meta.main) {
  printJson(await measureListing(Number(Deno.args[0] ?? 1_281_167)), { indent: 0 });
}

/**
 * The images of an annotation file: those whose files are there.
 *
 * @module
 */

import { dirname, join, posix } from "node:path";
import type { SampleList } from "../../sample_list.ts";
import { SampleListBuilder } from "../../sample_list.ts";
import type { SkippedFiles } from "../imagefolder/skipped_files.ts";
import type { AnnotationDialect } from "./dialect.ts";
import { GrowingColumn } from "./growing_column.ts";
import { type CocoId, idProblem, isId, isRecord } from "./instance.ts";

/** Images in the order of the file. */
export interface ImageRows {
  readonly samples: SampleList;
  readonly widths: Uint32Array;
  readonly heights: Uint32Array;
  readonly ids: readonly CocoId[];
  /** Categories known to be absent from each image, and those not labelled exhaustively. */
  readonly negative: readonly (readonly CocoId[])[];
  readonly notExhaustive: readonly (readonly CocoId[])[];
}

/** Names of the files of folders, read when they are first asked for. */
class FolderNames {
  readonly #folders = new Map<string, ReadonlySet<string>>();

  has(path: string): boolean {
    const folder = dirname(path);
    let names = this.#folders.get(folder);
    if (names === undefined) {
      try {
        names = new Set(Array.from(Deno.readDirSync(folder), ({ name }) => name));
      } catch {
        // What cannot be read has no files; that is told for each image.
        names = new Set();
      }
      this.#folders.set(folder, names);
    }
    return names.has(path.slice(folder.length + 1));
  }
}

/** Whether a path stays within the folder that it is relative to. */
function staysInside(path: string): boolean {
  return !posix.isAbsolute(path) && !/^[a-z]:/i.test(path) &&
    !path.split(/[/\\]/).includes("..");
}

/** Most pixels of an image: what masks may have. */
const mostPixels = 2 ** 28;

const isSide = (value: unknown): value is number => Number.isInteger(value) && value as number > 0;

/** Gathers the images of a file. */
export class ImageRowsBuilder {
  readonly #split: string;
  readonly #dialect: AnnotationDialect;
  readonly #root: string;
  /** Folder of images relative to the root, with `/` at its end, or nothing. */
  readonly #prefix: string;
  readonly #skipped: SkippedFiles;
  readonly #files = new FolderNames();
  readonly #samples = new SampleListBuilder();
  readonly #widths = new GrowingColumn(Uint32Array);
  readonly #heights = new GrowingColumn(Uint32Array);
  readonly #ids: CocoId[] = [];
  readonly #paths = new Set<string>();
  readonly #negative: CocoId[][] = [];
  readonly #notExhaustive: CocoId[][] = [];
  /** Index of each image's sample; −1 for those that are left out. */
  readonly indices = new Map<CocoId, number>();
  /** The first file that is not there. */
  firstMissing: string | undefined;

  /**
   * @param root Folder of the data set.
   * @param folder Folder of the split's images, relative to it: `"."` or `"val2017"`.
   */
  constructor(
    split: string,
    dialect: AnnotationDialect,
    root: string,
    folder: string,
    skipped: SkippedFiles,
  ) {
    this.#split = split;
    this.#dialect = dialect;
    this.#root = root;
    this.#prefix = folder === "." ? "" : `${folder}/`;
    this.#skipped = skipped;
  }

  /** Adds a row. @param number Its number in the list, from 1. */
  add(row: unknown, number: number): void {
    const { id, width, height } = isRecord(row) ? row : {};
    const file = isRecord(row) ? this.#dialect.imageFileOf(row) : undefined;
    const skip = (reason: string) => {
      this.#skipped.add(this.#split, file ?? `image ${number} of the list`, reason, "image");
      if (isId(id) && !this.indices.has(id)) this.indices.set(id, -1);
    };
    if (!isId(id)) return skip(`the id of its row ${idProblem(id)}`);
    if (file === undefined) return skip("its row has no file_name");
    if (!isSide(width) || !isSide(height)) return skip("its row has no width and height");
    if (width * height > mostPixels) return skip(`its row says more than ${mostPixels} pixels`);
    if (!staysInside(file)) return skip("its path leads out of the folder");
    if (this.indices.has(id)) return skip("another image has the same id");
    const path = this.#prefix + file;
    if (this.#paths.has(path)) return skip("it is listed before, with another id");
    if (!this.#files.has(join(this.#root, path))) {
      this.firstMissing ??= join(this.#root, path);
      return skip("there is no such file");
    }
    this.indices.set(id, this.#samples.length);
    this.#paths.add(path);
    this.#samples.add(path, -1);
    this.#widths.push(width);
    this.#heights.push(height);
    this.#ids.push(id);
    if (!this.#dialect.isFederated) return;
    const list = (value: unknown) => Array.isArray(value) ? value.filter(isId) : [];
    const { neg_category_ids, not_exhaustive_category_ids } = row as Record<string, unknown>;
    this.#negative.push(list(neg_category_ids));
    this.#notExhaustive.push(list(not_exhaustive_category_ids));
  }

  /** The images; the builder must not be used after it. */
  finish(): ImageRows {
    return {
      samples: this.#samples.build(),
      widths: this.#widths.finish(),
      heights: this.#heights.finish(),
      ids: this.#ids,
      negative: this.#negative,
      notExhaustive: this.#notExhaustive,
    };
  }
}

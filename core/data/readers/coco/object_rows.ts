/**
 * The objects of an annotation file in columns: where each is in the file, and what it takes to tell
 * those that cannot be used. Outlines stay in the file.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { SkippedFiles } from "../imagefolder/skipped_files.ts";
import type { CategoryTable } from "./categories.ts";
import { GrowingColumn } from "./growing_column.ts";
import type { ImageRows } from "./image_rows.ts";
import { boxProblem, type CocoId, maskKindOf, parseInstance } from "./instance.ts";
import type { JsonElement } from "./json_scanner.ts";

/** Objects in the order of their images. */
export interface ObjectRows {
  /** Objects of image `i` are those from `starts[i]` to `starts[i + 1]`. */
  readonly starts: Uint32Array;
  readonly labels: Uint32Array;
  /** Where each is in the file. */
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  /** Objects without an outline, of which the box stands for it. */
  readonly boxesOnly: number;
}

/** Numbers for ids, in the order in which they come. */
class IdNumbers {
  readonly ids: CocoId[] = [];
  readonly #numbers = new Map<CocoId, number>();

  of(id: CocoId): number {
    let number = this.#numbers.get(id);
    if (number === undefined) {
      number = this.ids.length;
      this.#numbers.set(id, number);
      this.ids.push(id);
    }
    return number;
  }
}

/** Gathers the objects of a file. */
export class ObjectRowsBuilder {
  readonly #path: string;
  readonly #split: string;
  readonly #skipped: SkippedFiles;
  readonly #images = new IdNumbers();
  readonly #categories = new IdNumbers();
  readonly #image = new GrowingColumn(Uint32Array);
  readonly #category = new GrowingColumn(Uint32Array);
  readonly #offset = new GrowingColumn(Float64Array);
  readonly #length = new GrowingColumn(Uint32Array);
  readonly #box = new GrowingColumn(Float32Array);
  /** Of run lengths; 0 for polygons. */
  readonly #maskHeight = new GrowingColumn(Uint32Array);
  readonly #maskWidth = new GrowingColumn(Uint32Array);
  readonly #id = new GrowingColumn(Float64Array);
  readonly #textIds = new Map<number, string>();
  #boxesOnly = 0;
  #count = 0;
  #firstReason: string | undefined;

  constructor(path: string, split: string, skipped: SkippedFiles) {
    this.#path = path;
    this.#split = split;
    this.#skipped = skipped;
  }

  #skip(id: CocoId | undefined, reason: string, image: CocoId | undefined): void {
    const name = id === undefined ? "an annotation without id" : `annotation ${id}`;
    const where = image === undefined ? "" : ` of image ${image}`;
    this.#firstReason ??= `${name}${where}: ${reason}`;
    this.#skipped.add(this.#split, `${name}${where}`, reason, "object");
  }

  /** Adds an object. */
  add({ value, offset, length }: JsonElement): void {
    this.#count++;
    const instance = parseInstance(value);
    if (typeof instance === "string") {
      const id = (value as { id?: unknown } | null)?.id;
      const known = typeof id === "number" || typeof id === "string" ? id : undefined;
      return this.#skip(known, instance, undefined);
    }
    const mask = maskKindOf(instance.segmentation);
    if (typeof mask === "string") return this.#skip(instance.id, mask, instance.image);
    if (mask.kind === "none") this.#boxesOnly++;
    this.#image.push(this.#images.of(instance.image));
    this.#category.push(this.#categories.of(instance.category));
    if (typeof instance.id === "string") this.#textIds.set(this.#offset.length, instance.id);
    this.#id.push(typeof instance.id === "number" ? instance.id : NaN);
    this.#offset.push(offset);
    this.#length.push(length);
    for (const side of instance.box) this.#box.push(side);
    this.#maskHeight.push(mask.kind === "rle" ? mask.height : 0);
    this.#maskWidth.push(mask.kind === "rle" ? mask.width : 0);
  }

  /**
   * Sorts the objects by their images; the builder must not be used after it.
   *
   * @param indices Index of each image's sample; −1 for those that are left out.
   * @throws {DataError} where there are objects, and none can be used.
   */
  finish(
    images: ImageRows,
    indices: ReadonlyMap<CocoId, number>,
    categories: CategoryTable,
  ): ObjectRows {
    const image = this.#image.finish(), category = this.#category.finish();
    const offset = this.#offset.finish(), length = this.#length.finish(), id = this.#id.finish();
    const box = this.#box.finish();
    const maskHeight = this.#maskHeight.finish(), maskWidth = this.#maskWidth.finish();
    const samples = this.#images.ids.map((id) => indices.get(id));
    const labels = this.#categories.ids.map((id) => categories.labels.get(id));
    const starts = new Uint32Array(images.samples.length + 1);
    const problemOf = (object: number): string | undefined => {
      const sample = samples[image[object]!];
      if (sample === undefined) return notListed(this.#images.ids[image[object]!]!, indices);
      if (sample < 0) return "its image is left out";
      if (labels[category[object]!] === undefined) return "its category is not listed";
      const width = images.widths[sample]!, height = images.heights[sample]!;
      if (
        maskWidth[object] !== 0 && (maskWidth[object] !== width || maskHeight[object] !== height)
      ) return "its mask does not have the size of the image";
      const [x0, y0, x1, y1] = box.subarray(4 * object, 4 * object + 4);
      return boxProblem(x0!, y0!, x1!, y1!, width, height);
    };
    const kept = new Uint8Array(image.length);
    for (let object = 0; object < image.length; object++) {
      const problem = problemOf(object);
      if (problem === undefined) {
        kept[object] = 1;
        starts[samples[image[object]!]! + 1]!++;
        continue;
      }
      const own = Number.isNaN(id[object]) ? this.#textIds.get(object) : id[object];
      this.#skip(own, problem, this.#images.ids[image[object]!]);
    }
    for (let sample = 0; sample < images.samples.length; sample++) {
      starts[sample + 1]! += starts[sample]!;
    }
    const count = starts[images.samples.length]!;
    if (count === 0 && this.#count > 0) {
      throw new DataError(
        `${this.#path}: none of its ${this.#count} annotations can be used; the first, ` +
          `${this.#firstReason}`,
      );
    }
    const next = starts.slice();
    const rows = {
      starts,
      labels: new Uint32Array(count),
      offsets: new Float64Array(count),
      lengths: new Uint32Array(count),
      boxesOnly: this.#boxesOnly,
    };
    for (let object = 0; object < image.length; object++) {
      if (kept[object] === 0) continue;
      const place = next[samples[image[object]!]!]!++;
      rows.labels[place] = labels[category[object]!]!;
      rows.offsets[place] = offset[object]!;
      rows.lengths[place] = length[object]!;
    }
    return rows;
  }
}

/** Why there is no image of an id. */
function notListed(id: CocoId, indices: ReadonlyMap<CocoId, number>): string {
  const other = typeof id === "number" ? `${id}` : Number(id);
  return indices.has(other)
    ? `its image is not listed: image_id is a ${typeof id}, and the image's id a ${typeof other}`
    : "its image is not listed";
}

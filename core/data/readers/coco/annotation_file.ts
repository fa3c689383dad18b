/**
 * An annotation file, listed once and then read object by object.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import { explainReadError } from "../../../files.ts";
import type { InstancesAnnotation } from "../../annotation.ts";
import { collectGarbage } from "../../collect_garbage.ts";
import { fillFromSync } from "../../file_reading.ts";
import { addDataWarning } from "../../warnings.ts";
import { SkippedFiles } from "../imagefolder/skipped_files.ts";
import { type CategoryTable, readCategories } from "./categories.ts";
import type { AnnotationDialect } from "./dialect.ts";
import { type ImageRows, ImageRowsBuilder } from "./image_rows.ts";
import { maskKindOf, parseInstance, readMask } from "./instance.ts";
import { parseJsonPiece, scanJson, type ScannedFile } from "./json_scanner.ts";
import { type ObjectRows, ObjectRowsBuilder } from "./object_rows.ts";

/** Where a split's parts are. */
export interface SplitFiles {
  readonly split: string;
  /** The annotation file. */
  readonly path: string;
  /** The data set's folder. */
  readonly root: string;
  /** Folder of the images relative to it. */
  readonly folder: string;
}

/** Images, categories and objects of a file. */
export interface AnnotationListing {
  readonly file: ScannedFile;
  readonly images: ImageRows;
  readonly objects: ObjectRows;
  readonly categories: CategoryTable;
  readonly skipped: SkippedFiles;
}

const members = ["images", "annotations", "categories"] as const;

/**
 * Lists an annotation file.
 *
 * @throws {DataError} where it is not JSON of this kind, or none of its images is there.
 */
export async function listAnnotationFile(
  { split, path, root, folder }: SplitFiles,
  dialect: AnnotationDialect,
): Promise<AnnotationListing> {
  const skipped = new SkippedFiles();
  const images = new ImageRowsBuilder(split, dialect, root, folder, skipped);
  const objects = new ObjectRowsBuilder(path, split, skipped);
  const categoryRows: unknown[] = [];
  let imageCount = 0;
  const seen = new Set<string>();
  const file = await scanJson(path, members, (element) => {
    const { member, isInList, value } = element;
    seen.add(member);
    if (!isInList) {
      throw new DataError(`${path}: "${member}" is not a list, at byte ${element.offset}`);
    }
    if (member === "images") images.add(value, ++imageCount);
    else if (member === "categories") categoryRows.push(value);
    else objects.add(element);
  });
  // An empty list of annotations is a whole data set without objects.
  const missing = ["images", "categories"].filter((member) => !seen.has(member));
  if (missing.length > 0) {
    throw new DataError(
      `${path} lists no ${missing.join(" and no ")}: expected a file of ${dialect.family} with ` +
        "images, annotations and categories",
    );
  }
  const rows = images.finish();
  if (rows.samples.length === 0) {
    throw new DataError(
      images.firstMissing === undefined
        ? `${path}: none of its ${imageCount} images can be used: ${skipped.summary()}`
        : `${path}: none of its ${imageCount} images is there; the first was looked for at ` +
          `${images.firstMissing}. Put the images there`,
    );
  }
  const categories = readCategories(path, categoryRows, dialect);
  const listing = {
    file,
    images: rows,
    objects: objects.finish(rows, images.indices, categories),
    categories,
    skipped,
  };
  const { boxesOnly } = listing.objects;
  if (boxesOnly > 0) {
    addDataWarning(`${path}: ${boxesOnly} objects have no mask; their boxes stand for it`);
  }
  if (file.size > 2 ** 24) collectGarbage();
  return listing;
}

/** Reads the objects of one image. */
export function readObjects(
  path: string,
  { file, images, objects, categories }: AnnotationListing,
  index: number,
): InstancesAnnotation {
  const first = objects.starts[index]!, end = objects.starts[index + 1]!;
  const count = end - first;
  const boxes = new Float32Array(4 * count), crowd = new Uint8Array(count);
  const areas = new Float64Array(count);
  let hasAreas = true;
  const masks: InstancesAnnotation["masks"][number][] = [];
  const ids: (number | string)[] = [];
  using opened = openUnchanged(path, file);
  for (let object = 0; object < count; object++) {
    const bytes = new Uint8Array(objects.lengths[first + object]!);
    opened.seekSync(objects.offsets[first + object]!, Deno.SeekMode.Start);
    fillFromSync(opened, bytes);
    const offset = objects.offsets[first + object]!;
    const instance = parseInstance(parseJsonPiece(bytes, path, offset));
    if (typeof instance === "string" || typeof maskKindOf(instance.segmentation) === "string") {
      throw new DataError(`${path} has changed since it was listed; run the command again`);
    }
    boxes.set(instance.box, 4 * object);
    crowd[object] = Number(instance.isCrowd);
    areas[object] = instance.area ?? NaN;
    hasAreas &&= instance.area !== undefined;
    masks.push(readMask(instance));
    ids.push(instance.id ?? offset);
  }
  return {
    kind: "instances",
    boxes,
    categories: objects.labels.slice(first, end),
    crowd,
    masks,
    ids,
    ...(hasAreas ? { areas } : {}),
    ...(categories.frequency === undefined ? {} : {
      federated: {
        negative: labelsOf(images.negative[index]!, categories),
        notExhaustive: labelsOf(images.notExhaustive[index]!, categories),
      },
    }),
  };
}

function labelsOf(ids: readonly (number | string)[], { labels }: CategoryTable): Uint32Array {
  return Uint32Array.from(ids.flatMap((id) => labels.get(id) ?? []));
}

/** Opens a file that must be what it was when it was listed: places in it are remembered. */
function openUnchanged(path: string, { size, modified }: ScannedFile): Deno.FsFile {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    throw explainReadError(path, error);
  }
  const now = file.statSync();
  if (now.size === size && now.mtime?.getTime() === modified) return file;
  file.close();
  throw new DataError(`${path} has changed since it was listed; run the command again`);
}

/**
 * The icons of a set as pixels, at every level, in one cache file per set.
 *
 * File: magic line, one JSON line (header), SHA-256 of both, then one deflated block per level, whose
 * length and SHA-256 are in the header: every byte is covered.
 *
 * @module
 */

import { join } from "node:path";
import { promisify } from "node:util";
import { deflate, inflateSync } from "node:zlib";
import sharp from "sharp";
import { z } from "zod";
import { DataError } from "../../../errors.ts";
import { keepInCache, readCacheFile } from "../../../cache.ts";
import { cacheFolder, hashJson, sha256, writeFileAtomic } from "../../../files.ts";
import { addDataWarning } from "../../warnings.ts";
import { type Concept, loadConcepts } from "./concepts.ts";
import type { IconSetInfo } from "./credits.ts";
import { hashIconFile, type IconSource, readIcons } from "./icon_sources.ts";
import { levelBytes, levelSizes, shrinkLevel, writeBaseLevel } from "./mipmaps.ts";

/** Changes when this file or mipmaps.ts draws other pixels from the same icons. */
const rasterVersion = 1;
const magic = "lgd-bench icons 2\n";
const hashBytes = 32;
const baseSize = levelSizes[0];
/** Icons being drawn at the same time: one for each core of a small machine. */
const iconsInFlight = 2;

const headerSchema = z.strictObject({
  key: z.string(),
  count: z.number().int().positive(),
  levels: z.array(z.strictObject({
    size: z.number().int(),
    offset: z.number().int().nonnegative(),
    length: z.number().int().positive(),
    sha256: z.string(),
  })),
});

type Header = z.infer<typeof headerSchema>;

/** Which icons of a set are drawn. */
export interface IconList {
  /** What each shows: concept ids, in the order of the concept table. */
  readonly conceptIds: readonly string[];
  /** Icon names, in the same order. */
  readonly iconNames: readonly string[];
  /** Content key: file of the set, list of icons, raster and library versions. */
  readonly key: string;
}

/** Something that an icon set draws. */
export type IconSubject = Pick<Concept, "id" | "icons">;

const lists = new Map<string, Promise<IconList>>();

/** A list of those subjects that a set draws, in their order. */
export async function makeIconList(
  set: IconSetInfo,
  subjects: readonly IconSubject[],
): Promise<IconList> {
  const chosen = subjects.filter(({ icons }) => icons.has(set.name));
  const iconNames = chosen.map(({ icons }) => icons.get(set.name)!);
  const key = hashJson({
    rasterVersion,
    levelSizes,
    file: await hashIconFile(set),
    iconNames,
    sharp: sharp.versions.sharp,
    vips: sharp.versions.vips,
    rsvg: sharp.versions.rsvg,
  });
  return { conceptIds: chosen.map((concept) => concept.id), iconNames, key };
}

/** The icons of a set that belong to the core classes, and their content key. */
export function listIcons(set: IconSetInfo): Promise<IconList> {
  let list = lists.get(set.name);
  if (list === undefined) {
    list = loadConcepts().then((concepts) =>
      makeIconList(set, concepts.filter(({ split }) => split !== undefined))
    );
    lists.set(set.name, list);
    list.catch(() => lists.delete(set.name));
  }
  return list;
}

async function drawIcon(set: IconSetInfo, name: string, icon: IconSource): Promise<Uint8Array> {
  try {
    return await sharp(new TextEncoder().encode(icon.svg), { limitInputPixels: 4096 * 4096 })
      .resize(baseSize, baseSize, { fit: "contain", background: { r: 0, g: 0, b: 0, alpha: 0 } })
      .ensureAlpha().toColourspace("srgb").raw({ depth: "uchar" }).toBuffer();
  } catch (error) {
    throw new DataError(
      `Cannot draw icon "${name}" of ${set.package}: ${
        error instanceof Error ? error.message : String(error)
      }`,
      { cause: error },
    );
  }
}

/** Draws all icons of a list: one buffer per level, `[icons, size + 2, size + 2, 4]`. */
async function drawLevels(set: IconSetInfo, list: IconList): Promise<Map<number, Uint8Array>> {
  sharp.concurrency(1);
  const sources = await readIcons(set, list.iconNames, baseSize);
  const levels = new Map<number, Uint8Array>(
    levelSizes.map((size) => [size, new Uint8Array(levelBytes(size) * sources.length)]),
  );
  let next = 0;
  const drawNext = async () => {
    while (next < sources.length) {
      const index = next++;
      const icon = sources[index]!;
      const rgba = await drawIcon(set, list.iconNames[index]!, icon);
      const base = levels.get(baseSize)!;
      writeBaseLevel(rgba, baseSize, icon.flipHorizontal, base, index * levelBytes(baseSize));
      // 128 → 64 → 32 → 16 and 128 → 96 → 48 → 24 → 12.
      for (const size of levelSizes.slice(1)) {
        const parent = size === 96 ? 128 : size * 2;
        shrinkLevel(
          levels.get(parent)!,
          index * levelBytes(parent),
          parent,
          levels.get(size)!,
          index * levelBytes(size),
          size,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: iconsInFlight }, drawNext));
  return levels;
}

/** A cache file: magic line, header line, hash, blocks. */
export async function packLevels(
  list: IconList,
  levels: Map<number, Uint8Array>,
): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  const header: Header = { key: list.key, count: list.iconNames.length, levels: [] };
  let offset = 0;
  for (const [size, pixels] of levels) {
    const block = await promisify<Uint8Array, { level: number }, Uint8Array>(deflate)(pixels, {
      level: 1,
    });
    header.levels.push({ size, offset, length: block.length, sha256: sha256(block) });
    blocks.push(block);
    offset += block.length;
  }
  const head = new TextEncoder().encode(`${magic}${JSON.stringify(header)}\n`);
  const file = new Uint8Array(head.length + hashBytes + offset);
  file.set(head);
  file.set(Uint8Array.fromHex(sha256(head)), head.length);
  let position = head.length + hashBytes;
  for (const block of blocks) {
    file.set(block, position);
    position += block.length;
  }
  return file;
}

/** The icons of a set, at every level; a level is unpacked when it is first asked for. */
export class IconPack {
  readonly list: IconList;
  readonly #blocks: ReadonlyMap<number, Uint8Array>;
  readonly #levels = new Map<number, Uint8Array>();

  /** @param blocks Deflated pixels by the size of their level. */
  constructor(list: IconList, blocks: ReadonlyMap<number, Uint8Array>) {
    this.list = list;
    this.#blocks = blocks;
  }

  /**
   * Premultiplied RGBA with a border, `[icons, size + 2, size + 2, 4]`, in the order of the list.
   *
   * @param size One of {@linkcode levelSizes}.
   */
  level(size: number): Uint8Array {
    let pixels = this.#levels.get(size);
    if (pixels === undefined) {
      const block = this.#blocks.get(size);
      if (block === undefined) throw new RangeError(`Icons have no level of ${size} pixels`);
      const length = levelBytes(size) * this.list.iconNames.length;
      pixels = new Uint8Array(inflateSync(block, { maxOutputLength: length }));
      if (pixels.length !== length) {
        throw new DataError(`Icons at ${size} pixels have ${pixels.length} bytes, not ${length}`);
      }
      this.#levels.set(size, pixels);
    }
    return pixels;
  }
}

/** A cache file, verified, or the reason why it cannot be trusted. */
function readIconFile(
  file: Uint8Array,
): { header: Header; blocks: ReadonlyMap<number, Uint8Array> } | string {
  const line = file.indexOf(10, magic.length);
  const start = line + 1 + hashBytes;
  if (!new TextDecoder("latin1").decode(file.subarray(0, magic.length)).startsWith(magic)) {
    return "no header";
  }
  if (line < 0 || file.length < start) return "file is cut short";
  if (sha256(file.subarray(0, line + 1)) !== file.subarray(line + 1, start).toHex()) {
    return "wrong hash of the header";
  }
  let header: Header;
  try {
    const text = new TextDecoder().decode(file.subarray(magic.length, line));
    header = headerSchema.parse(JSON.parse(text));
  } catch {
    return "damaged header";
  }
  const blocks = new Map<number, Uint8Array>();
  let end = 0;
  for (const { size, offset, length, sha256: hash } of header.levels) {
    const block = file.subarray(start + offset, start + offset + length);
    if (block.length !== length) return "file is cut short";
    if (sha256(block) !== hash) return `wrong hash of the level of ${size} pixels`;
    blocks.set(size, block);
    end = Math.max(end, offset + length);
  }
  return file.length === start + end ? { header, blocks } : "it is too long";
}

/** What is wrong with a cache file of icons; undefined where all is well. */
export function findIconFileProblem(file: Uint8Array): string | undefined {
  const read = readIconFile(file);
  return typeof read === "string" ? read : undefined;
}

/** The icons of a cache file, or the reason why it cannot be trusted. */
export function unpackLevels(file: Uint8Array, list: IconList): IconPack | string {
  const read = readIconFile(file);
  if (typeof read === "string") return read;
  const { header, blocks } = read;
  if (header.key !== list.key || header.count !== list.iconNames.length) return "wrong key";
  const missing = levelSizes.find((size) => !blocks.has(size));
  return missing === undefined ? new IconPack(list, blocks) : `no level of ${missing} pixels`;
}

/**
 * The icons of a list, drawn first where the cache does not have them. A damaged cache file is drawn
 * again, with a warning.
 *
 * @throws {DataError} where the package is not installed, or an icon cannot be drawn.
 */
export async function readOrDrawIcons(set: IconSetInfo, list: IconList): Promise<IconPack> {
  const path = join(cacheFolder(), "icons", `${set.name}-${list.key.slice(0, 16)}.bin`);
  const cached = await readCacheFile(path);
  if (cached !== undefined) {
    const pack = unpackLevels(cached, list);
    if (typeof pack !== "string") return pack;
    addDataWarning(`Cache file ${path} is damaged (${pack}); the icons were drawn again`);
  }
  const file = await packLevels(list, await drawLevels(set, list));
  await keepInCache(() => writeFileAtomic(path, file));
  const pack = unpackLevels(file, list);
  if (typeof pack === "string") throw new DataError(`internal: icons of ${set.name}: ${pack}`);
  return pack;
}

const packs = new Map<string, Promise<IconPack>>();

/**
 * The icons of a set that belong to the core classes; kept for the whole process.
 *
 * @throws {DataError} as {@linkcode readOrDrawIcons} does.
 */
export async function loadIcons(set: IconSetInfo): Promise<IconPack> {
  const list = await listIcons(set);
  const key = `${cacheFolder()} ${list.key}`;
  let pack = packs.get(key);
  if (pack === undefined) {
    pack = readOrDrawIcons(set, list);
    packs.set(key, pack);
    pack.catch(() => packs.delete(key));
  }
  return await pack;
}

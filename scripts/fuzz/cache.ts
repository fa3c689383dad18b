/**
 * Parsers of the cache: views, icons, teacher embeddings, measured algorithms.
 *
 * @module
 */

import { join } from "node:path";
import { formatCheckedJson } from "../../core/checked_json.ts";
import { packLevels, unpackLevels } from "../../core/data/readers/emoji/icon_raster.ts";
import { levelBytes, levelSizes } from "../../core/data/readers/emoji/mipmaps.ts";
import { SampleList } from "../../core/data/sample_list.ts";
import { readCachedViews, writeCachedViews } from "../../core/data/views/view_cache.ts";
import { takeDataWarnings } from "../../core/data/warnings.ts";
import { DataError } from "../../core/errors.ts";
import { moveCacheFolder } from "../../core/files.ts";
import { findAlgorithmsProblem } from "../../core/train/autotune/stored_algorithms.ts";
import { type FrozenEncoder, openTeacherEmbeddings } from "../../core/train/teacher_embeddings.ts";
import { type FuzzParser, overwrite } from "./parser.ts";

/** Does something with a folder as the cache. */
async function inCache<T>(folder: string, work: () => Promise<T>): Promise<T> {
  moveCacheFolder(folder);
  try {
    return await work();
  } finally {
    moveCacheFolder(undefined);
  }
}

const views: FuzzParser = {
  name: "cached views",
  isChecked: true,
  async open(folder) {
    const key = "c".repeat(64);
    const expected = { key, samples: 5, viewsPerSample: 2, viewBytes: 48 };
    const pixels = Uint8Array.from({ length: 8 * 48 }, (_, index) => index % 251);
    const path = join(folder, "views", `${key.slice(0, 32)}.bin`);
    await inCache(folder, () =>
      writeCachedViews(expected, async (writer) => {
        await writer.add(pixels);
        return [{ path: "a/1.png", reason: "cut short" }];
      }));
    const bytes = await Deno.readFile(path);
    const start = 18 + pixels.length;
    return {
      seeds: [
        { name: "in memory", bytes, header: [start, bytes.length] as const },
        { name: "in a file", bytes, header: [start, bytes.length] as const },
      ],
      parse: (bytes, { name }) =>
        inCache(folder, async () => {
          await overwrite(path, bytes);
          takeDataWarnings();
          const cached = await readCachedViews(expected, name === "in memory" ? 1e6 : 0);
          const warnings = takeDataWarnings();
          if (cached === undefined) {
            if (warnings.length !== 1) throw new Error("a damaged file was not told of");
            throw new DataError(warnings[0]!);
          }
          const { pixels, skipped } = cached;
          if (pixels instanceof Uint8Array) return { pixels: Uint8Array.from(pixels), skipped };
          const all = new Uint8Array(8 * 48);
          try {
            pixels.read(Uint32Array.from({ length: 8 }, (_, index) => index), all);
          } finally {
            pixels.close();
          }
          return { pixels: all, skipped };
        }),
    };
  },
};

const icons: FuzzParser = {
  name: "icons",
  isChecked: true,
  async open() {
    const list = { conceptIds: ["a"], iconNames: ["a"], key: "d".repeat(64) };
    const levels = new Map(
      levelSizes.map((size) => [
        size as number,
        Uint8Array.from({ length: levelBytes(size) }, (_, index) => (index >> 4) % 256),
      ]),
    );
    const bytes = await packLevels(list, levels);
    return {
      seeds: [{ name: "icons", bytes, header: [0, bytes.indexOf(10, 20) + 33] as const }],
      parse(bytes) {
        const pack = unpackLevels(bytes, list);
        if (typeof pack === "string") throw new DataError(pack);
        return levelSizes.map((size) => pack.level(size));
      },
    };
  },
};

const embeddings: FuzzParser = {
  name: "teacher embeddings",
  isChecked: true,
  async open(folder) {
    const samples = SampleList.from([0, 1, 2].map((index) => ({ id: `${index}`, label: index })));
    const imageSize = 2;
    const pixels = Uint8Array.from({ length: 6 * 12 }, (_, index) => index);
    const set = { samples, viewsPerSample: 2, imageSize, pixels, hash: "views", skipped: [] };
    const encoder: FrozenEncoder = {
      name: "circle",
      hash: "teacher",
      dimension: 2,
      batchSize: 4,
      encodeImages: (images) =>
        Promise.resolve(
          Float32Array.from([0, 1, 2, 3].flatMap((place) => {
            const angle = images[place]! / 12;
            return [Math.cos(angle), Math.sin(angle)];
          })),
        ),
    };
    const read = (memoryBytes: number) =>
      inCache(folder, async () => {
        const table = await openTeacherEmbeddings(encoder, set, { memoryBytes });
        const rows = new Float32Array(12);
        table.gather([0, 1, 2, 3, 4, 5], rows);
        table.close();
        return rows;
      });
    await read(0);
    const [file] = await Array.fromAsync(Deno.readDir(join(folder, "embeddings")));
    const path = join(folder, "embeddings", file!.name);
    const bytes = await Deno.readFile(path);
    return {
      seeds: [{ name: "in memory", bytes }, { name: "in a file", bytes }],
      // What is damaged is computed again: the same numbers whatever is done to the file.
      async parse(bytes, { name }) {
        await overwrite(path, bytes);
        return await read(name === "in memory" ? 1e6 : 0);
      },
    };
  },
};

const measured: FuzzParser = {
  name: "measured algorithms",
  isChecked: true,
  open(folder) {
    const path = join(folder, "a.json");
    const text = formatCheckedJson({
      "convolution: x 1": { chosen: "taps", milliseconds: { taps: 1.5, rows: 2 } },
    });
    const bytes = new TextEncoder().encode(text);
    return Promise.resolve({
      seeds: [{ name: "table", bytes, header: [0, bytes.length] as const }],
      async parse(bytes) {
        await overwrite(path, bytes);
        const problem = await findAlgorithmsProblem(path);
        if (problem !== undefined) throw new DataError(problem);
        return JSON.parse(await Deno.readTextFile(path));
      },
    });
  },
};

/** Parsers of the cache. */
export const cacheParsers: readonly FuzzParser[] = [views, icons, embeddings, measured];

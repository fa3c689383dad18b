/**
 * Folders of small noisy pictures, for tests of what reads them.
 *
 * @module
 */

import { dirname, join } from "node:path";
import sharp from "sharp";
import { moveCacheFolder } from "../../files.ts";

/** One noisy picture. */
export async function encodeNoise(
  index: number,
  format: "jpeg" | "png" | "webp" | "gif" | "tiff" | "avif" = "jpeg",
  { width = 40, height = 32 } = {},
): Promise<Uint8Array> {
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, at) => (at * 7 + index * 53 + (at >> 4) * index) % 256,
  );
  const raw = { width, height, channels: 3 as const };
  return await sharp(pixels, { raw }).toFormat(format).toBuffer();
}

/** Writes a picture, and the folders above it. The ending tells the format. */
export async function writeNoise(path: string, index: number): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const format =
    ({ png: "png", webp: "webp", gif: "gif", tif: "tiff", tiff: "tiff", avif: "avif" } as const)[
      ending as "png"
    ] ?? "jpeg";
  await Deno.writeFile(path, await encodeNoise(index, format));
}

/** Writes `count` pictures into each of some folders below a root. */
export async function writeClasses(
  root: string,
  folders: readonly string[],
  count: number,
): Promise<void> {
  for (const [label, folder] of folders.entries()) {
    for (let index = 0; index < count; index++) {
      await writeNoise(join(root, folder, `${index}.jpg`), label * count + index);
    }
  }
}

/** Runs a test with a folder for pictures and a cache of its own. */
export async function withImageFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  moveCacheFolder(join(folder, "cache"));
  try {
    await Deno.mkdir(join(folder, "images"));
    await work(join(folder, "images"));
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a test with another limit of the decoder, in millions of pixels; the default where undefined. */
export async function withMegapixels(
  megapixels: string | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const name = "LGD_BENCH_MAX_MEGAPIXELS", before = Deno.env.get(name);
  const set = (value: string | undefined) => {
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  };
  set(megapixels);
  try {
    await work();
  } finally {
    set(before);
  }
}

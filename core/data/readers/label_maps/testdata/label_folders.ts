/**
 * Folders in the layouts of Cityscapes, ADE20K and Pascal VOC, for tests of what reads them.
 *
 * @module
 */

import { dirname, join } from "node:path";

async function readJson<T>(name: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(join(import.meta.dirname!, name)));
}

/** Classes that other programs read, by the path of the image. */
export function readExpectedMaps(): Promise<
  Readonly<Record<string, readonly (readonly number[])[]>>
> {
  return readJson("expected.json");
}

/** A label file, and the numbers that Pillow reads from it; null where it must be refused. */
export interface LabelFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly values: readonly (readonly number[])[] | null;
}

/** Label files of every kind by what they are. */
export async function readLabelFiles(): Promise<ReadonlyMap<string, LabelFile>> {
  const files = await readJson<
    Record<string, { bytes: string; values: LabelFile["values"] }>
  >("files.json");
  return new Map(
    Object.entries(files).map(([name, { bytes, values }]) => [
      name,
      { bytes: Uint8Array.fromBase64(bytes), values },
    ]),
  );
}

/** Families whose folders are there. */
export type LabelFixture = "cityscapes" | "cityscapes-train-ids" | "ade20k" | "voc";

/** Writes a folder of one of the layouts. */
export async function writeLabelFolder(fixture: LabelFixture, folder: string): Promise<void> {
  const files = await readJson<Record<string, string>>("folders.json");
  for (const [path, bytes] of Object.entries(files)) {
    if (!path.startsWith(`${fixture}/`)) continue;
    const to = join(folder, path.slice(fixture.length + 1));
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.writeFile(to, Uint8Array.fromBase64(bytes));
  }
}

/** Runs a test with a folder in one of the layouts. */
export async function withLabelFolder(
  fixture: LabelFixture,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await writeLabelFolder(fixture, folder);
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

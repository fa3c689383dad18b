import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { moveCacheFolder } from "../../files.ts";
import { takeDataWarnings } from "../warnings.ts";
import { readCachedViews, writeCachedViews } from "./view_cache.ts";

const viewBytes = 12, viewsPerSample = 2;
const expected = { key: "k".repeat(64), samples: 5, viewsPerSample, viewBytes };
const skipped = [{ path: "cat/3.jpg", reason: "premature end" }];
/** Four of five samples, two views each. */
const pixels = Uint8Array.from({ length: 4 * 2 * viewBytes }, (_, at) => at * 7 % 256);

async function withCache(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  moveCacheFolder(folder);
  try {
    await writeCachedViews(expected, async (writer) => {
      await writer.add(pixels.subarray(0, 24));
      await writer.add(pixels.subarray(24));
      return skipped;
    });
    const [entry] = await Array.fromAsync(Deno.readDir(join(folder, "views")));
    await use(join(folder, "views", entry!.name));
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readCachedViews gives back what was written, in memory and from the file", async () => {
  await withCache(async () => {
    const inMemory = await readCachedViews(expected, 1000);
    assert.deepEqual(inMemory, { pixels, skipped });
    const stored = await readCachedViews(expected, 10);
    assert.ok(stored !== undefined && !(stored.pixels instanceof Uint8Array));
    const output = new Uint8Array(3 * viewBytes);
    stored.pixels.read([7, 0, 3], output);
    const view = (
      index: number,
    ) => [...pixels.subarray(index * viewBytes, (index + 1) * viewBytes)];
    assert.deepEqual([...output], [...view(7), ...view(0), ...view(3)]);
    assert.deepEqual(stored.skipped, skipped);
    stored.pixels.close();
    stored.pixels.close();
    assert.equal(await readCachedViews({ ...expected, key: "other" }, 1000), undefined);
  });
});

Deno.test("readCachedViews finds every single bit that was turned over", async () => {
  await withCache(async (path) => {
    const good = await Deno.readFile(path);
    for (let at = 0; at < good.length; at++) {
      await Deno.writeFile(path, good.with(at, good[at]! ^ (1 << at % 8)));
      assert.equal(await readCachedViews(expected, 1000), undefined, `byte ${at}`);
      assert.match(takeDataWarnings().join(), /is damaged \(.+\); the views were drawn again/);
      // Where views stay in their file, a turned bit of a pixel is found when its view is read.
      const stored = await readCachedViews(expected, 10);
      takeDataWarnings();
      if (stored === undefined) continue;
      assert.ok(!(stored.pixels instanceof Uint8Array));
      const { pixels: file } = stored;
      assert.throws(
        () => file.read([0, 1, 2, 3, 4, 5, 6, 7], new Uint8Array(8 * viewBytes)),
        (error) =>
          error instanceof DataError && /is damaged \(wrong hash of view/.test(error.message),
      );
      file.close();
    }
  });
});

Deno.test("readCachedViews finds a file that is cut, longer, or of other sizes", async () => {
  await withCache(async (path) => {
    const good = await Deno.readFile(path);
    for (const bytes of [good.subarray(0, -1), Uint8Array.of(...good, 0), good.subarray(0, 30)]) {
      await Deno.writeFile(path, bytes);
      assert.equal(await readCachedViews(expected, 1000), undefined);
    }
    await Deno.writeFile(path, good);
    for (const other of [{ samples: 4 }, { viewsPerSample: 1 }, { viewBytes: 6 }]) {
      assert.equal(await readCachedViews({ ...expected, ...other }, 1000), undefined);
    }
    takeDataWarnings();
    assert.notEqual(await readCachedViews(expected, 1000), undefined);
    await Deno.remove(path);
    await Deno.mkdir(path);
    // A folder in the place of the file is told as what it is.
    const found = await readCachedViews(expected, 1000).catch((error) => error);
    assert.ok(found === undefined || found instanceof DataError);
    takeDataWarnings();
  });
});

Deno.test("writeCachedViews leaves nothing behind where drawing fails", async () => {
  await withCache(async (path) => {
    await assert.rejects(
      writeCachedViews({ ...expected, key: "x".repeat(64) }, async (writer) => {
        await writer.add(pixels);
        throw new DataError("too many are damaged");
      }),
      /too many are damaged/,
    );
    const names = await Array.fromAsync(Deno.readDir(join(path, "..")), ({ name }) => name);
    assert.equal(names.length, 1);
  });
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { moveCacheFolder } from "../../../files.ts";
import { takeDataWarnings } from "../../warnings.ts";
import { iconSets } from "./credits.ts";
import { listIcons, loadIcons } from "./icon_raster.ts";
import { levelBytes } from "./mipmaps.ts";

const set = iconSets.find((entry) => entry.name === "fxemoji")!;

/** Runs `work` with a cache folder of its own. */
async function withCacheFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  moveCacheFolder(folder);
  try {
    await work(folder);
  } finally {
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadIcons draws a set once, reads it back, and draws it again where it is damaged", async () => {
  await withCacheFolder(async (folder) => {
    const list = await listIcons(set);
    const path = join(folder, "icons", `fxemoji-${list.key.slice(0, 16)}.bin`);
    const drawn = (await loadIcons(set)).level(32);
    assert.equal(drawn.length, levelBytes(32) * 502);
    const file = await Deno.readFile(path);

    // Another name of the same folder: nothing of what this process remembers is used.
    moveCacheFolder(`${folder}/`);
    const { mtime } = await Deno.stat(path);
    assert.deepEqual((await loadIcons(set)).level(32), drawn);
    assert.deepEqual((await Deno.stat(path)).mtime, mtime);
    assert.deepEqual(takeDataWarnings(), []);

    const damaged = file.slice();
    damaged[damaged.length - 100]! ^= 1;
    await Deno.writeFile(path, damaged);
    moveCacheFolder(`${folder}/./`);
    assert.deepEqual((await loadIcons(set)).level(32), drawn);
    assert.match(takeDataWarnings().join(), /is damaged \(wrong hash of the level of 12 pixels\)/);
    assert.deepEqual(await Deno.readFile(path), file);
  });
});

Deno.test("loadIcons gives opaque and transparent pixels in every icon", async () => {
  const { list, ...rest } = await loadIcons(set).then((pack) => ({
    list: pack.list,
    pixels: pack.level(64),
  }));
  const bytes = levelBytes(64);
  for (const [index, id] of list.conceptIds.entries()) {
    const icon = rest.pixels.subarray(index * bytes, (index + 1) * bytes);
    let opaque = 0, most = 0;
    for (let at = 0; at < bytes; at += 4) {
      if (icon[at + 3]! > 127) opaque++;
      most = Math.max(most, icon[at]! - icon[at + 3]!);
    }
    assert.ok(opaque > 60, `${id} covers ${opaque} pixels`);
    assert.ok(most <= 1, `${id} is not premultiplied`);
  }
});

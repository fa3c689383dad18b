import assert from "node:assert/strict";
import { join } from "node:path";
import { moveCacheFolder } from "../core/files.ts";
import { Store } from "../core/store/store.ts";
import { runUnits } from "./run_units.ts";

Deno.test("runUnits sweeps away what killed processes left in the cache", async () => {
  const folder = await Deno.makeTempDir();
  const names = ["a.bin", "a.bin.0123abcd.tmp", "b.bin.0123abcd.tmp"];
  let writing: Deno.FsFile | undefined;
  moveCacheFolder(folder);
  try {
    await Deno.mkdir(join(folder, "views"));
    for (const name of names) await Deno.writeTextFile(join(folder, "views", name), "");
    // A process that writes has the lock.
    writing = await Deno.open(join(folder, "views", "b.bin.0123abcd.tmp"), { write: true });
    await writing.lock(true);
    const unit = {
      id: "a",
      trains: false,
      measures: [],
      model: null,
    };
    await runUnits([unit], {
      executor: { name: "none", run: () => Promise.resolve(new Map()) },
      store: await Store.open(join(folder, "store")),
      threads: 1,
      plugins: { paths: [], override: false },
      onEvent: () => {},
    });
    const left = await Array.fromAsync(Deno.readDir(join(folder, "views")));
    assert.deepEqual(left.map(({ name }) => name).sort(), ["a.bin", "b.bin.0123abcd.tmp"]);
  } finally {
    writing?.close();
    moveCacheFolder(undefined);
    await Deno.remove(folder, { recursive: true });
  }
});

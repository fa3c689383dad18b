import assert from "node:assert/strict";
import { join } from "node:path";
import { cacheRequiredError, keepInCache, readCacheFile, takeCacheProblem } from "./cache.ts";
import { WriteError } from "./errors.ts";
import { moveCacheFolder, writeFileAtomic } from "./files.ts";

async function withCacheAt(place: string, test: () => Promise<void>): Promise<void> {
  moveCacheFolder(place);
  try {
    await test();
  } finally {
    moveCacheFolder(undefined);
    takeCacheProblem();
  }
}

Deno.test("keepInCache() goes on where the cache is a file, and says so once, naming the variable", async () => {
  const file = await Deno.makeTempFile();
  await withCacheAt(file, async () => {
    for (const name of ["views/a.bin", "icons/b.bin"]) {
      assert.equal(await readCacheFile(join(file, name)), undefined);
      assert.equal(await keepInCache(() => writeFileAtomic(join(file, name), "x")), false);
    }
    const problem = takeCacheProblem()!;
    assert.ok(problem.startsWith(`Cannot write to the cache ${file}: `), problem);
    assert.match(problem, /Set LGD_BENCH_CACHE to a folder that can be written$/);
    assert.equal(takeCacheProblem(), undefined);
  });
  await Deno.remove(file);
});

Deno.test("keepInCache() writes where it can, and passes other errors on", async () => {
  const folder = await Deno.makeTempDir();
  await withCacheAt(folder, async () => {
    const path = join(folder, "a", "b.bin");
    assert.equal(await keepInCache(() => writeFileAtomic(path, "x")), true);
    assert.equal(new TextDecoder().decode(await readCacheFile(path)), "x");
    // A folder in the place of an entry is as good as no entry.
    assert.equal(await readCacheFile(join(folder, "a")), undefined);
    assert.equal(takeCacheProblem(), undefined);
    await assert.rejects(keepInCache(() => Promise.reject(new TypeError("bug"))), TypeError);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "a cache where Deno may not write is explained without advice to allow more",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withCacheAt("/proc/lgd-bench", async () => {
      const path = "/proc/lgd-bench/views/a.bin";
      assert.equal(await readCacheFile(path), undefined);
      assert.equal(await keepInCache(() => writeFileAtomic(path, "x")), false);
      const problem = takeCacheProblem()!;
      assert.doesNotMatch(problem, /--allow|run again/);
      const error = await writeFileAtomic(path, "x").catch((error) => error);
      assert.ok(error instanceof WriteError);
      assert.doesNotMatch(error.message, /--allow|run again/);
      const required = cacheRequiredError("the views of photos", error);
      assert.equal(required.exitCode, 3);
      assert.match(required.message, /too many to be kept in memory.*LGD_BENCH_CACHE/);
    }),
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { moveCacheFolder, writeFileAtomic, writeFileInParts } from "../core/files.ts";
import { keepInCache, takeCacheProblem } from "../core/cache.ts";
import { WriteError } from "../core/errors.ts";
import { appendJsonLines, readJsonLines } from "../core/store/json_lines.ts";
import { link } from "../core/store/link.ts";
import { lockFolder } from "../core/store/lock.ts";
import { RunFolder, type RunIdentity } from "../core/store/run_folder.ts";
import { Store } from "../core/store/store.ts";
import { withSmallDisk } from "../core/store/testdata/small_disk.ts";
import { keyOf, listFiles } from "../core/store/testdata/test_store.ts";
import { floatTensor } from "../core/engine/session.ts";
import { loadCheckpoint, saveCheckpoint } from "../core/train/checkpoint.ts";
import { contentsOf, leftoversOf, readDone, startSmall } from "../scripts/small_runs.ts";

/** Whether an error is one of a full disk that names a path and the way out. */
function isFull(path: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof WriteError, String(error));
    assert.equal(error.exitCode, 3);
    assert.ok(error.message.includes(path), error.message);
    assert.match(error.message, /No space left on device.*Free some space/);
    return true;
  };
}

const identity: RunIdentity = {
  kind: "table",
  project: { name: "test", version: "0" },
  table: "small",
  size: "smoke",
  configHash: "0",
  config: {},
};

Deno.test("on a full disk every writer tells it, leaves nothing half-written and what was there", () =>
  withSmallDisk(4, async ({ folder, leaveFree }) => {
    const path = (name: string) => join(folder, name);
    const large = new Uint8Array(200_000).fill(7);
    const store = await Store.open(path("store"));
    const entry = await store.put("model", keyOf(0), { info: {}, files: { "a.bin": large } });
    const run = await RunFolder.open(path("run"), { identity, environment: {} });
    await run.write("result.json", "old");
    await appendJsonLines(path("lines.jsonl"), [{ line: 1 }], { checked: true });
    const shapes = { parameters: [50_000] };
    const checkpoint = (step: number) => ({
      state: { step, tensors: { parameters: floatTensor(new Float32Array(50_000), [50_000]) } },
      curve: { steps: [], loss: [], parts: {} },
      seconds: 1,
    });
    await saveCheckpoint(path("checkpoint"), checkpoint(1), "key");
    await writeFileAtomic(path("old.txt"), "old");
    const before = await listFiles(folder);

    await leaveFree(0);
    const writers: readonly (readonly [path: string, write: () => Promise<unknown>])[] = [
      ["old.txt", () => writeFileAtomic(path("old.txt"), large)],
      ["new.bin", () => writeFileInParts(path("new.bin"), (append) => append(large))],
      ["checkpoint", () => saveCheckpoint(path("checkpoint"), checkpoint(2), "key")],
      [
        "lines.jsonl",
        () => appendJsonLines(path("lines.jsonl"), [{ text: "a".repeat(9000) }], { checked: true }),
      ],
      ["result.json", () => run.write("result.json", large)],
      ["index.html", () => run.write("report/index.html", large)],
      ["models", () => store.put("model", keyOf(1), { info: {}, files: { "a.bin": large } })],
      ["locks", () => store.holdAll([["model", keyOf(0)]])],
      ["store.json", async () => (await Store.open(path("other"))).claim("model", keyOf(0))],
    ];
    for (const [name, write] of writers) await assert.rejects(write, isFull(name), name);
    // A copy, as where links cannot be made: to another folder of the full disk a link still can.
    assert.equal(await link(entry, "a.bin", path("linked.bin")), "link");
    // Locks need no room: who holds them is not written then.
    (await store.claim("model", keyOf(3)))!.release();
    (await lockFolder(path("run2"))).release();
    moveCacheFolder(path("cache"));
    try {
      const write = () => writeFileAtomic(path("cache/a.bin"), large);
      assert.equal(await keepInCache(write), false);
      assert.match(
        takeCacheProblem()!,
        /Cannot write to the cache .*No space left.*LGD_BENCH_CACHE/,
      );
    } finally {
      moveCacheFolder(undefined);
    }

    await leaveFree(Infinity);
    const added = (await listFiles(folder)).filter((name) => !before.includes(name));
    assert.deepEqual(added, ["linked.bin", "run2/lock.json"]);
    assert.equal(await Deno.readTextFile(path("old.txt")), "old");
    assert.equal(await Deno.readTextFile(path("run/result.json")), "old");
    assert.equal((await loadCheckpoint(path("checkpoint"), "key", shapes))?.state.step, 1);
    await appendJsonLines(path("lines.jsonl"), [{ line: 2 }], { checked: true });
    const lines = await readJsonLines(path("lines.jsonl"), { checked: true });
    assert.deepEqual([lines.values, lines.damagedLines], [[{ line: 1 }, { line: 2 }], []]);
    const { entries, damaged, leftovers } = await store.verify();
    assert.deepEqual([entries, damaged, leftovers], [1, [], []]);
    for (const [name, write] of writers.slice(0, 7)) {
      await write().catch((error) => assert.fail(`${name}: ${error}`));
    }
    await run.close();
  }));

Deno.test("a run that finds no room ends with 3 each time, and goes on to the same bits", () =>
  withSmallDisk(16, async ({ folder, leaveFree }) => {
    const parent = await Deno.makeTempDir();
    try {
      // With its cache on the full disk a run goes on without it, and says so.
      await leaveFree(500_000);
      const whole = {
        out: join(parent, "out"),
        store: join(parent, "store"),
        cache: join(folder, "cache"),
      };
      const ended = await startSmall("table", whole).ended;
      readDone(ended);
      assert.match(ended.errors, /warning: Cannot write to the cache .*No space left on device/);

      const place = {
        out: join(folder, "out"),
        store: join(folder, "store"),
        cache: join(parent, "cache"),
      };
      // Not even a checkpoint, then a checkpoint but no student beside it.
      for (const bytes of [60_000, 500_000]) {
        await leaveFree(bytes);
        const { code, errors } = await startSmall("table", place).ended;
        assert.equal(code, 3, errors);
        assert.match(errors, /error: Cannot write .*No space left on device.*Free some space/);
        const store = await Store.open(place.store);
        assert.deepEqual((await store.verify()).damaged, []);
      }
      await leaveFree(Infinity);
      readDone(await startSmall("table", place).ended);
      assert.deepEqual(await contentsOf("table", place), await contentsOf("table", whole));
      assert.deepEqual(leftoversOf(place), []);
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  }));

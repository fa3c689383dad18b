import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError, TryAgainError } from "../errors.ts";
import { appendJsonLines, readJsonLines } from "./json_lines.ts";
import { lockFileName, lockFolder } from "./lock.ts";
import { describeDifferences, readManifest, RunFolder } from "./run_folder.ts";
import { Store } from "./store.ts";

const identity = {
  kind: "table" as const,
  project: { name: "lgd-bench", version: "1.2.3" },
  table: "tiny",
  size: "mini",
  configHash: "abc",
  config: { protocol: { alpha: 0.5, rows: [{ id: "a", epochs: 2 }] } },
};
const environment = { cpu: "test" };

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(join(folder, "run"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a torn last line is dropped by reading and cut off by appending", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(folder);
    const path = join(folder, "a.jsonl");
    assert.deepEqual((await readJsonLines(path)).values, []);
    await appendJsonLines(path, [{ a: 1 }, { text: "ä".repeat(5000) }]);
    await Deno.writeTextFile(path, '{"torn": "' + "x".repeat(9000), { append: true });
    assert.equal((await readJsonLines(path)).values.length, 2);
    await appendJsonLines(path, [{ b: 2 }]);
    assert.deepEqual((await readJsonLines(path)).values, [
      { a: 1 },
      { text: "ä".repeat(5000) },
      { b: 2 },
    ]);
    await Deno.writeTextFile(path, 'not json\n{"c":3}\n');
    const { values, damagedLines } = await readJsonLines(path);
    assert.deepEqual([values, damagedLines], [[{ c: 3 }], [1]]);
    await Deno.writeTextFile(path, "torn from the start");
    await appendJsonLines(path, [1]);
    assert.equal(await Deno.readTextFile(path), "1\n");
  }));

Deno.test("a locked folder is busy for others and free after release", () =>
  withFolder(async (folder) => {
    const lock = await lockFolder(folder);
    await assert.rejects(
      lockFolder(folder, { waitSeconds: 0.15 }),
      (error) =>
        error instanceof TryAgainError && error.exitCode === 75 &&
        error.message.includes(`process ${Deno.pid}`) && error.message.includes(folder),
    );
    setTimeout(() => lock.release(), 100);
    const next = await lockFolder(folder, { waitSeconds: 3 });
    lock.release();
    next.release();
  }));

Deno.test("the lock of a dead process is taken over", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(folder);
    const text = JSON.stringify({ pid: 999_999_999, host: "gone", startedAt: "2020" });
    await Deno.writeTextFile(join(folder, lockFileName), text + " ".repeat(500));
    const lock = await lockFolder(folder, { waitSeconds: 0 });
    assert.equal(JSON.parse(await Deno.readTextFile(join(folder, lockFileName))).pid, Deno.pid);
    lock.release();
  }));

Deno.test("a file of the store is linked into the folder once, and put back where it was changed", () =>
  withFolder(async (folder) => {
    const store = await Store.open(join(folder, "..", "store"));
    const key = "ab".repeat(32);
    const entry = await store.put("model", key, { info: {}, files: { "a.bin": "weights" } });
    const run = await RunFolder.open(folder, { identity, environment });
    const target = join(folder, "models", "a.bin");
    const link = () => run.link(entry, "a.bin", "models/a.bin");
    assert.deepEqual([await link(), await link()], [true, false]);
    assert.equal(await Deno.readTextFile(target), "weights");
    await Deno.remove(target);
    assert.equal(await link(), true);
    // A copy with the same bytes stays, another content does not.
    await Deno.remove(target);
    await Deno.writeTextFile(target, "weights");
    assert.equal(await link(), false);
    await Deno.writeTextFile(target, "weighty");
    assert.equal(await link(), true);
    assert.equal(await Deno.readTextFile(target), "weights");
    await run.close();
  }));

Deno.test("the journal adds up the sessions; without its beginning the time is not known", () =>
  withFolder(async (folder) => {
    const path = join(folder, "journal.jsonl");
    const first = await RunFolder.open(folder, { identity, environment });
    await first.record([{ type: "failed", unit: "a.seed0" }]);
    const types = async () =>
      (await readJsonLines(path)).values.map((line) => (line as { type: string }).type);
    assert.deepEqual(await types(), ["session", "failed", "session"]);
    await first.close();
    const second = await RunFolder.open(folder, { identity, environment });
    const total = await second.totalSeconds();
    assert.ok(total !== null && total > 0);
    await Deno.remove(path);
    await second.record([]);
    assert.equal(await second.totalSeconds(), null);
    await second.close();
  }));

Deno.test("nothing is written into a folder that was removed or replaced meanwhile", () =>
  withFolder(async (folder) => {
    const run = await RunFolder.open(folder, { identity, environment });
    await Deno.remove(folder, { recursive: true });
    const isGone = (error: Error) =>
      error instanceof DataError && error.exitCode === 3 &&
      /was removed or replaced/.test(error.message);
    await assert.rejects(run.write("result.json", "{}"), isGone);
    await assert.rejects(run.record([]), isGone);
    const other = await RunFolder.open(folder, { identity, environment });
    await assert.rejects(run.write("result.json", "{}"), isGone);
    await other.write("result.json", "{}");
    await other.close();
    await run.close();
  }));

Deno.test("a folder of another run is refused with the keys that differ, unless overwritten", () =>
  withFolder(async (folder) => {
    const run = await RunFolder.open(folder, { identity, environment });
    await run.write("result.json", "{}");
    await Deno.writeTextFile(join(folder, "result.json.0123abcd.tmp"), "half");
    await run.close();
    const other = {
      ...identity,
      configHash: "def",
      config: { protocol: { alpha: 0.25, rows: [{ id: "a", epochs: 2 }], beta: 1 } },
    };
    await assert.rejects(RunFolder.open(folder, { identity: other, environment }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /protocol.alpha: 0.5 there, 0.25 now/);
      assert.match(error.message, /protocol.beta: nothing there, 1 now/);
      assert.match(error.message, /--overwrite/);
      return true;
    });
    const again = await RunFolder.open(folder, { identity: other, environment, overwrite: true });
    assert.equal((await readManifest(folder))!.configHash, "def");
    await again.close();
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["journal.jsonl", lockFileName, "manifest.json"]);
    assert.deepEqual(
      describeDifferences({ rows: [{ id: "a", x: 1 }] }, { rows: [{ id: "b", x: 1 }] }).length,
      4,
    );
  }));

Deno.test("of many keys that differ, 20 are listed and the others counted", () =>
  withFolder(async (folder) => {
    const open = (value: number) => {
      const keys = Array.from({ length: 23 }, (_, index) => [`key${index}`, value]);
      const config = Object.fromEntries(keys);
      const changed = { ...identity, configHash: String(value), config };
      return RunFolder.open(folder, { identity: changed, environment });
    };
    await (await open(1)).close();
    await assert.rejects(open(2), (error: Error) => {
      assert.equal(error.message.match(/1 there, 2 now/g)?.length, 20);
      assert.match(error.message, /… and 3 more/);
      return true;
    });
  }));

Deno.test("foreign files, damaged manifests and folders that cannot be written are refused", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "thesis.tex"), "");
    for (const overwrite of [false, true]) {
      await assert.rejects(
        RunFolder.open(folder, { identity, environment, overwrite }),
        /is not a run folder: it holds "thesis.tex"/,
      );
    }
    assert.ok(await Deno.stat(join(folder, "thesis.tex")));
    await Deno.writeTextFile(join(folder, "manifest.json"), '{"schemaVersion": 1');
    await assert.rejects(RunFolder.open(folder, { identity, environment }), DataError);
    await assert.rejects(
      RunFolder.open(join(folder, "thesis.tex"), { identity, environment }),
      (error) => error instanceof DataError && error.message.includes("thesis.tex"),
    );
  }));

Deno.test("folders of version 0.1 and of another kind are told as such; only the former can be replaced", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "cells"), { recursive: true });
    await Deno.writeTextFile(join(folder, "manifest.json"), '{ "schemaVersion": 1 }');
    await assert.rejects(RunFolder.open(folder, { identity, environment }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /lgd-bench 0\.1.*can be read with version 0\.1/);
      return true;
    });
    const run = await RunFolder.open(folder, { identity, environment, overwrite: true });
    await run.close();
    const other = { ...identity, kind: "distillation" as const };
    await assert.rejects(
      RunFolder.open(folder, { identity: other, environment }),
      /holds another kind of run/,
    );
  }));

Deno.test("lines that are appended at the same time are all kept, in their order", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lines.jsonl");
    await Deno.mkdir(folder);
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    await Promise.all(numbers.map((number) => appendJsonLines(path, [number], { sync: false })));
    assert.deepEqual((await readJsonLines(path)).values, numbers);
  }));

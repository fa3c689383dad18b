import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError, TryAgainError } from "../errors.ts";
import type { CellResult } from "../recipe/cell.ts";
import { appendJsonLines, readJsonLines } from "./json_lines.ts";
import { lockFileName, lockFolder } from "./lock.ts";
import { loadOutcomes } from "./outcome_index.ts";
import { describeDifferences, readManifest, RunFolder } from "./run_folder.ts";
import { outcomesPath, readStoredCell } from "./stored_cell.ts";

const identity = {
  project: { name: "lgd-bench", version: "1.2.3" },
  table: "tiny",
  size: "mini",
  configHash: "abc",
  config: { protocol: { alpha: 0.5, rows: [{ id: "a", epochs: 2 }] } },
};
const environment = { cpu: "test" };

function makeResult(hits: number[]): CellResult {
  return {
    outcomes: [{
      column: "zs",
      task: "zero-shot",
      taskVersion: 1,
      metric: "top1",
      unit: "%",
      splits: { val: { sampleIds: hits.map((_, index) => `icon-${index}`), hits } },
    }],
    curve: null,
    timings: { train: 1 },
    skippedImages: [],
    warnings: [],
    details: {},
  };
}

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

Deno.test("a finished cell is read back; another hash, damage or a torn file is not", () =>
  withFolder(async (folder) => {
    const run = await RunFolder.open(folder, { identity, environment });
    const cell = { id: "a.seed0", hash: "h1", rowIds: ["a"], seed: 0 };
    await run.makeCellFolder(cell.id);
    assert.equal(await run.readCell(cell), undefined);
    const checksum = await run.recordCell(cell, makeResult([1, 0.5]));
    const stored = await run.readCell(cell);
    assert.deepEqual(stored, { result: makeResult([1, 0.5]), checksum });
    assert.equal(await run.readCell({ ...cell, hash: "h2" }), undefined);
    await run.close();

    const path = outcomesPath(folder, cell.id);
    const good = await Deno.readTextFile(path);
    for (const bad of [good.replace("0.5", "0.4"), good.slice(0, 200), "{}", "[]", "null"]) {
      await Deno.writeTextFile(path, bad);
      const reasons: string[] = [];
      const read = await readStoredCell(folder, cell, { onDamaged: (text) => reasons.push(text) });
      assert.equal(read, undefined);
      assert.match(reasons.join(), /outcomes.json is damaged/);
    }
  }));

Deno.test("results.jsonl has a line per task and cell, and gets missing ones back", () =>
  withFolder(async (folder) => {
    const cell = { id: "a.seed0", hash: "h1", rowIds: ["a"], seed: 0 };
    const run = await RunFolder.open(folder, { identity, environment });
    await run.recordCell(cell, makeResult([1, 0]));
    await run.recordFailure({ id: "b.seed0", hash: "h" }, { name: "E", message: "m", step: 3 });
    const path = join(folder, "results.jsonl");
    const types = async () =>
      (await readJsonLines(path)).values.map((line) => (line as { type: string }).type);
    assert.deepEqual(await types(), ["task", "cell", "session", "failed"]);
    const [task] = (await readJsonLines(path)).values as { values: unknown; rows: unknown }[];
    assert.deepEqual(task!.values, { val: 50 });
    const stored = new Map([[cell.id, (await run.readCell(cell))!]]);
    await run.completeLines([cell], stored);
    assert.equal((await types()).length, 4);
    await Deno.writeTextFile(path, "");
    await run.completeLines([cell], stored);
    assert.deepEqual(await types(), ["task", "cell"]);
    assert.ok(await run.totalSeconds() > 0);
    const find = await loadOutcomes(folder);
    assert.deepEqual(find("a", "zs", "val")?.hits, [Float64Array.of(1, 0)]);
    assert.deepEqual(find("a", "zs", "val")?.seeds, [0]);
    assert.equal(find("a", "zs", "ood"), undefined);
    await run.close();
  }));

Deno.test("a folder of another run is refused with the keys that differ, unless overwritten", () =>
  withFolder(async (folder) => {
    const run = await RunFolder.open(folder, { identity, environment });
    await run.recordCell({ id: "a.seed0", hash: "h" }, makeResult([1]));
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
    assert.equal(await again.readCell({ id: "a.seed0", hash: "h" }), undefined);
    await again.close();
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, [lockFileName, "manifest.json"]);
    assert.deepEqual(
      describeDifferences({ rows: [{ id: "a", x: 1 }] }, { rows: [{ id: "b", x: 1 }] }).length,
      4,
    );
  }));

Deno.test("foreign files, damaged manifests and folders that cannot be written are refused", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "thesis.tex"), "");
    for (const overwrite of [false, true]) {
      await assert.rejects(
        RunFolder.open(folder, { identity, environment, overwrite }),
        /is no run folder: it holds "thesis.tex"/,
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

Deno.test("lines that are appended at the same time are all kept, in their order", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lines.jsonl");
    await Deno.mkdir(folder);
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    await Promise.all(numbers.map((number) => appendJsonLines(path, [number], { sync: false })));
    assert.deepEqual((await readJsonLines(path)).values, numbers);
  }));

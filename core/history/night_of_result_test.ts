import assert from "node:assert/strict";
import type { ResultFile } from "../results/result.ts";
import type { SpeedFile } from "../results/speed_result.ts";
import { machineClass } from "./machine_class.ts";
import { compareBases } from "./line.ts";
import { nightOfBench, nightOfResult } from "./night_of_result.ts";

const resultPath = new URL("../../reports/testdata/result.json", import.meta.url);
const result: ResultFile = JSON.parse(await Deno.readTextFile(resultPath));
const context = { time: "2026-03-01T02:00:00Z", branch: "main", commit: "c".repeat(40) };

Deno.test("nightOfResult takes every measured number with its interval and its meaning", () => {
  const night = nightOfResult(result, context);
  const measured = result.cells.filter(({ status }) => status === "measured");
  assert.equal(night.numbers.length, measured.length);
  assert.deepEqual([night.table, night.size, night.branch], [result.table, result.size, "main"]);
  assert.equal(night.time, "2026-03-01T02:00:00.000Z");
  const cell = measured[0]!;
  const number = night.numbers.find(({ position }) =>
    position === `${result.table}/${cell.row}/${cell.column}/${cell.split}`
  );
  assert.equal(number?.value, cell.value);
  assert.deepEqual([number?.low, number?.high], cell.ci95);
  assert.deepEqual([number?.samples, number?.seeds], [cell.n, cell.perSeed.length]);
  assert.equal(number?.meaning?.higherIsBetter, true);
  assert.equal(number?.meaning?.scope, cell.task);
  assert.equal(
    new Set(
      night.numbers.map(({ meaning, position }) =>
        `${meaning?.group} ${meaning?.title} ${position.split("/").at(-1)}`
      ),
    ).size,
    night.numbers.length,
    "titles tell the lines of a group apart",
  );
  // The same result at the same time is the same night.
  assert.equal(nightOfResult(result, context).id, night.id);
  assert.notEqual(nightOfResult(result, { ...context, branch: "other" }).id, night.id);
  assert.throws(() => nightOfResult({ ...result, cells: [] }, context), /nothing was measured/);
});

Deno.test("nightOfResult keeps what numbers depend on, each for the tasks that it concerns", () => {
  const own = {
    pretrain: { imageSize: 32 },
    tasks: { "zero-shot": { templates: "imagenet-80" }, "k-nn": { k: 10 } },
    evaluation: { views: 4, splits: ["val", "ood"] },
  };
  const night = nightOfResult({ ...result, protocol: own }, context);
  const changed = structuredClone({ ...result, protocol: own });
  const protocol: Record<"pretrain" | "evaluation", Record<string, unknown>> & {
    tasks: Record<string, Record<string, unknown>>;
  } = changed.protocol;
  const task = "zero-shot";
  protocol.tasks[task]!["newSetting"] = 1;
  protocol.evaluation["splits"] = ["val"];
  const same = nightOfResult({ ...changed, seeds: [7] }, context);
  assert.deepEqual(compareBases(night.basis, same.basis, task), [], "neither seeds nor splits");
  protocol.pretrain["imageSize"] = 64;
  protocol.tasks[task]!["templates"] = "other";
  const other = nightOfResult(changed, context);
  assert.deepEqual(compareBases(night.basis, other.basis, "another task"), [
    "pretrain.imageSize is 64, was 32",
  ]);
  assert.equal(compareBases(night.basis, other.basis, task).length, 2);
  assert.deepEqual(compareBases(undefined, other.basis, task), []);
});

/** Two cases, one of them with a peer. */
const bench = {
  environment: { cpu: "AMD EPYC", cores: 2, system: "linux 6.1 x64", gitCommit: "d".repeat(40) },
  cases: [
    {
      name: "resnet18-32",
      title: "ResNet-18, 32²",
      threads: 1,
      status: "measured",
      runs: [[0.2, 0.4, 0.3], [0.5], [0.1]].map((seconds) => ({
        seconds,
        cpuSeconds: 1,
        peakBytes: 2e9,
        images: 16,
      })),
      peers: [{
        name: "pytorch",
        title: "PyTorch",
        status: "measured",
        timeRatio: { median: 0.8, low: 0.7, high: 0.9, pairs: [0.7, 0.8, 0.9] },
        memoryRatio: null,
      }],
    },
    { name: "none", title: "None", threads: 1, status: "failed", runs: [], peers: [] },
  ],
} as const;

Deno.test("nightOfBench takes medians with the range of the runs, and ratios to peers", () => {
  const night = nightOfBench(bench, { time: context.time });
  assert.equal(night.commit, "d".repeat(40));
  assert.equal(night.machine, "AMD EPYC, 2 cores, linux x64");
  assert.deepEqual(
    night.numbers.map(({ position, value, low, high }) => [position, value, low, high]),
    [
      ["speed/resnet18-32/threads=1/cpuSeconds", 1, 1, 1],
      ["speed/resnet18-32/threads=1/peakGigabytes", 2, 2, 2],
      ["speed/resnet18-32/threads=1/seconds", 0.3, 0.1, 0.5],
      ["speed/resnet18-32/threads=1/timeRatio/pytorch", 0.8, 0.7, 0.9],
    ],
  );
  assert(night.numbers.every(({ meaning }) => meaning?.ofMachine && !meaning.higherIsBetter));
  assert.throws(() => nightOfBench({ ...bench, cases: [] }, context), /none was measured/);
  // What bench.json holds fits.
  const _fits: (file: SpeedFile) => unknown = (file) => nightOfBench(file, context);
});

Deno.test("machineClass names processor, cores and system, without versions", () => {
  assert.equal(
    machineClass({ cpu: "M2", cores: 1, system: "darwin 23.1 arm64" }),
    "M2, 1 core, darwin arm64",
  );
  assert.equal(machineClass({ cpu: null }), "unknown processor");
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError, InterruptedError, WriteError } from "../core/errors.ts";
import { readJsonLines } from "../core/store/json_lines.ts";
import { parseResult } from "../core/results/result_schema.ts";
import { outcomesPath } from "../core/store/stored_cell.ts";
import { openTable, reproduce, type ReproduceEvent, type ReproduceOptions } from "./reproduce.ts";

const here = new URL(".", import.meta.url);
const modules = {
  prepare: new URL("testdata/dummy_prepare_worker.ts", here).href,
  cell: new URL("testdata/dummy_cell_worker.ts", here).href,
};
const recipeFolder = join(import.meta.dirname!, "testdata");

function options(out: string, more: Partial<ReproduceOptions> = {}): ReproduceOptions {
  const renderReport = ({ title }: { title: string }) => Promise.resolve(`<h1>${title}</h1>`);
  return { table: "tiny", recipeFolder, out, modules, renderReport, slots: 2, ...more };
}

async function withFolder(
  environment: Record<string, string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  try {
    await test(join(folder, "run"));
  } finally {
    for (const name of Object.keys(environment)) Deno.env.delete(name);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("reproduce runs all cells, writes result and report, and answers the second time from disk", () =>
  withFolder({}, async (folder) => {
    const { result, ran, failures, reportPath } = await reproduce(options(folder));
    assert.equal(ran, 7);
    assert.equal(failures.size, 0);
    assert.equal(result.finished, true);
    assert.equal(await Deno.readTextFile(reportPath), "<h1>Tiny</h1>");
    const path = join(folder, "result.json");
    assert.deepEqual(parseResult(await Deno.readTextFile(path), path), result);

    const value = (id: string) => result.cells.find((cell) => cell.id === id);
    // 5 and 6 of 10 icons for SEED, 7 and 8 for LGD, with seeds 0 and 1.
    assert.deepEqual(value("good-seed.zs.val")!.perSeed.map(Math.round), [50, 60]);
    assert.deepEqual(value("good-lgd.zs.val")!.perSeed.map(Math.round), [70, 80]);
    assert.equal(Math.round(value("good-lgd.zs.ood")!.value!), 65);
    assert.equal(Math.round(value("good-lgd-again.zs.val")!.value!), 75);
    assert.deepEqual(value("teacher.zs.val")!.perSeed, [90]);
    assert.equal(value("pixel.lp.val")!.value, 37.5);
    assert.equal(value("pixel.lp.val")!.task, "pixel-1nn");
    assert.equal(value("printed.zs.val")!.status, "not-run");
    assert.equal(value("good-lgd-again.lp.val")!.reason, "not needed");
    const difference = result.comparisons.find(({ id }) =>
      id === "good-lgd-minus-good-seed.zs.val"
    );
    assert.equal(Math.round(difference!.difference!), 20);
    assert.equal(difference!.perSeed.length, 2);
    assert.deepEqual(result.leftOut, [
      { what: "photos/broken.png", reason: "it is no image", stage: "views", count: 1 },
    ]);
    assert.equal(result.columns[0]!.header, "A → EmojiNet-100");
    assert.equal(result.rows.find(({ id }) => id === "good-lgd")!.epochs, 2);

    const before = await Deno.readTextFile(join(folder, "results.jsonl"));
    const events: ReproduceEvent[] = [];
    const again = await reproduce(options(folder, { onEvent: (event) => events.push(event) }));
    assert.equal(again.ran, 0);
    assert.deepEqual(again.result, result);
    assert.equal(events.length, 0);
    assert.equal(await Deno.readTextFile(join(folder, "results.jsonl")), before);
  }));

Deno.test("the numbers do not depend on the number of slots or on interruptions", () =>
  withFolder({}, async (folder) => {
    const whole = await reproduce(options(`${folder}-whole`, { slots: 1 }));
    await reproduce(options(folder, { cells: "good-seed" }));
    const parts = await reproduce(options(folder, { slots: 3 }));
    assert.equal(parts.ran, 5);
    assert.deepEqual(parts.result.cells, whole.result.cells);
    assert.deepEqual(parts.result.comparisons, whole.result.comparisons);
    assert.deepEqual(parts.result.curves, whole.result.curves);
  }));

Deno.test("a cell that fails or crashes leaves the others standing and is run again", () =>
  withFolder(
    { LGD_BENCH_TEST_FAIL: "good-lgd.seed0", LGD_BENCH_TEST_CRASH: "other.seed0,other.seed1" },
    async (folder) => {
      const first = await reproduce(options(folder));
      assert.deepEqual([...first.failures.keys()].sort(), [
        "good-lgd.seed0",
        "other.seed0",
        "other.seed1",
      ]);
      assert.match(first.failures.get("good-lgd.seed0")!, /loss is NaN at step 7/);
      assert.match(first.failures.get("other.seed0")!, /the Worker crashed/);
      assert.equal(first.result.finished, false);
      const cell = (id: string) => first.result.cells.find((entry) => entry.id === id)!;
      assert.deepEqual([cell("other.zs.val").status, cell("other.zs.val").value], ["failed", null]);
      // The other seed still gives a number, with a warning.
      assert.deepEqual(cell("good-lgd.zs.val").perSeed, [80]);
      assert.match(first.result.warnings.join(), /good-lgd.seed0 failed and is not in the numbers/);
      const { values } = await readJsonLines(join(folder, "results.jsonl"));
      const failed = values.filter((line) => (line as { type: string }).type === "failed");
      assert.equal(failed.length, 3);

      Deno.env.set("LGD_BENCH_TEST_FAIL", "");
      Deno.env.set("LGD_BENCH_TEST_CRASH", "");
      const second = await reproduce(options(folder));
      assert.equal(second.ran, 3);
      assert.equal(second.result.finished, true);
      assert.deepEqual(second.result.warnings, []);
    },
  ));

Deno.test("a damaged outcome is told and run again", () =>
  withFolder({}, async (folder) => {
    const { result } = await reproduce(options(folder));
    await Deno.writeTextFile(outcomesPath(folder, "other.seed1"), "{");
    const events: ReproduceEvent[] = [];
    const again = await reproduce(options(folder, { onEvent: (event) => events.push(event) }));
    assert.equal(again.ran, 1);
    assert.ok(events.some((event) => event.type === "warning" && /damaged/.test(event.message)));
    assert.deepEqual(again.result.cells, result.cells);
    await Deno.remove(join(folder, "report"), { recursive: true });
    assert.equal((await reproduce(options(folder))).ran, 0);
    assert.ok(await Deno.stat(again.reportPath));
  }));

Deno.test("more seeds extend a run; another setting needs another folder", () =>
  withFolder({}, async (folder) => {
    await reproduce(options(folder, { seeds: 1 }));
    assert.equal((await reproduce(options(folder, { seeds: 3 }))).ran, 6);
    await assert.rejects(
      reproduce(options(folder, { set: ["pretrain.alpha=0.125"] })),
      (error) =>
        error instanceof ConfigError && /pretrain.alpha: 0.5 there, 0.125 now/.test(error.message),
    );
    const { ran } = await reproduce(
      options(folder, { set: ["pretrain.alpha=0.125"], overwrite: true, seeds: 1 }),
    );
    assert.equal(ran, 4);
  }));

Deno.test("data that cannot be prepared end the run with the exit code of data", () =>
  withFolder({ LGD_BENCH_TEST_PREPARE: "damaged" }, async (folder) => {
    await assert.rejects(
      reproduce(options(folder)),
      (error) => error instanceof DataError && /3 images are damaged/.test(error.message),
    );
    Deno.env.delete("LGD_BENCH_TEST_PREPARE");
    assert.equal((await reproduce(options(folder))).ran, 7);
  }));

Deno.test("an interrupted run keeps what is finished and gives the folder back", () =>
  withFolder({ LGD_BENCH_TEST_SLEEP: "50" }, async (folder) => {
    const controller = new AbortController();
    let ended = 0;
    await assert.rejects(
      reproduce(options(folder, {
        slots: 1,
        signal: controller.signal,
        onEvent: ({ type }) => {
          if (type === "ended" && ++ended === 3) controller.abort(new InterruptedError("stopped"));
        },
      })),
      InterruptedError,
    );
    const { ran, result } = await reproduce(options(folder));
    assert.equal(ran, 5);
    assert.equal(result.finished, true);
  }));

Deno.test("opening a table writes nothing", () =>
  withFolder({}, async (folder) => {
    const opened = await openTable({ table: "tiny", recipeFolder, out: folder });
    assert.equal(opened.plan.cells.length, 7);
    assert.equal(opened.stored.size, 0);
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
    await assert.rejects(reproduce(options(folder, { seeds: 0 })), /--seeds: wanted/);
    await assert.rejects(reproduce(options(folder, { executor: "slurm" })), ConfigError);
    await assert.rejects(
      reproduce(options(folder, { set: ["students.S=resnet8"] })),
      /Did you mean "resnet18"/,
    );
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
  }));

Deno.test("a wrong teacher, task or list of class names ends the command before it writes", () =>
  withFolder({}, async (folder) => {
    await Deno.mkdir(folder, { recursive: true });
    const names = join(folder, "names.txt");
    const out = join(folder, "run");
    const refused = (set: string, message: RegExp) =>
      assert.rejects(
        reproduce(options(out, { set: [set] })),
        (error) => error instanceof ConfigError && message.test(error.message),
      );
    await refused("teachers.main=emoji-clap", /Unknown teacher .* Did you mean "emoji-clip"/);
    await refused(`text.imagenet=file:${names}`, /names\.txt: there is no such file/);
    await Deno.writeTextFile(names, "");
    await refused(`text.imagenet=file:${names}`, /names\.txt: it has no names/);
    await Deno.writeTextFile(names, "dog\ncat\ndog\nxqzvw\n");
    await refused(
      `text.imagenet=file:${names}`,
      /2 bad lines\n {2}line 3: "dog" is a duplicate of line 1\n {2}line 4: "xqzvw"/,
    );
    await assert.rejects(Deno.stat(out), Deno.errors.NotFound);
    // Another list with the same name: the cells that use it, and no others, are run again.
    await Deno.writeTextFile(names, "dog\ncat\n");
    const text = { set: [`text.imagenet=file:${names}`], seeds: 1 };
    assert.equal((await reproduce(options(out, text))).ran, 4);
    await Deno.writeTextFile(names, "dog\ncat\nhorse\n");
    assert.equal((await reproduce(options(out, text))).ran, 2);
    assert.equal((await reproduce(options(out, text))).ran, 0);
  }));

Deno.test("a disk that is full ends the run with the path, and with nothing half-written", () =>
  withFolder({ LGD_BENCH_TEST_FULL: "good-seed.seed0" }, async (folder) => {
    await assert.rejects(
      reproduce(options(folder, { slots: 1 })),
      (error) => error instanceof WriteError && /no\.safetensors/.test(error.message),
    );
    assert.ok((await readJsonLines(join(folder, "results.jsonl"))).values.length < 5);
    Deno.env.delete("LGD_BENCH_TEST_FULL");
    assert.equal((await reproduce(options(folder))).result.finished, true);
  }));

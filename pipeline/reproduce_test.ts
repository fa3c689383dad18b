import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, DataError, InterruptedError, WriteError } from "../core/errors.ts";
import { reportMarkName, sealReport } from "../core/results/report_mark.ts";
import type { ResultFile } from "../core/results/result.ts";
import { hashResult, parseResult } from "../core/results/result_schema.ts";
import type { EntryContent } from "../core/store/entry_writer.ts";
import type { StoreEntry } from "../core/store/store_entry.ts";
import { readJsonLines } from "../core/store/json_lines.ts";
import type { PipelineEvent } from "./messages.ts";
import { openTable } from "./open_table.ts";
import { reproduce, type ReproduceOptions, type ReproduceOutcome } from "./reproduce.ts";

const here = new URL(".", import.meta.url);
const modules = {
  prepare: new URL("testdata/dummy_prepare_worker.ts", here).href,
  unit: new URL("testdata/dummy_unit_worker.ts", here).href,
};
const recipeFolder = join(import.meta.dirname!, "testdata");

function renderReport(result: ResultFile): Promise<string> {
  const mark = `<meta name="${reportMarkName}" content="${hashResult(result)}">`;
  return Promise.resolve(sealReport(`<html>${mark}<h1>${result.title}</h1></html>`));
}

/** The store lies beside the run folder. */
function options(out: string, more: Partial<ReproduceOptions> = {}): ReproduceOptions {
  const store = join(out, "..", "store");
  return { table: "tiny", recipeFolder, out, store, modules, renderReport, jobs: 2, ...more };
}

const counts = ({ trained, measured }: ReproduceOutcome) => [trained, measured];

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

Deno.test("reproduce runs all jobs, writes result and report, and answers the second time from disk", () =>
  withFolder({}, async (folder) => {
    const outcome = await reproduce(options(folder));
    const { result, failures, reportPath } = outcome;
    // Three students with two seeds; two numbers each, one of the teacher, one of the baseline.
    assert.deepEqual(counts(outcome), [6, 14]);
    assert.equal(failures.size, 0);
    assert.equal(result.finished, true);
    assert.match(await Deno.readTextFile(reportPath), /<h1>Tiny<\/h1>/);
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
    assert.equal(value("pixel.lp.val")!.task, "pixel-nearest-neighbour");
    assert.equal(value("printed.zs.val")!.status, "not-run");
    assert.equal(value("good-lgd-again.lp.val")!.reason, "not needed");
    const difference = result.comparisons.find(({ id }) =>
      id === "good-lgd-minus-good-seed.zs.val"
    );
    assert.equal(Math.round(difference!.difference!), 20);
    assert.equal(difference!.perSeed.length, 2);
    assert.deepEqual(result.leftOut, [{
      what: "photos/broken.png",
      reason: "it is no image",
      stage: "emojinet-100, measuring",
      count: 1,
    }]);
    assert.equal(result.columns[0]!.header, "A → EmojiNet-100");
    assert.equal(result.rows.find(({ id }) => id === "good-lgd")!.epochs, 2);

    const before = await Deno.readTextFile(path);
    const events: PipelineEvent[] = [];
    const again = await reproduce(options(folder, { onEvent: (event) => events.push(event) }));
    assert.deepEqual(counts(again), [0, 0]);
    assert.deepEqual(again.result, result);
    assert.equal(events.length, 0);
    assert.equal(await Deno.readTextFile(path), before);
  }));

Deno.test("the numbers do not depend on the number of jobs at a time or on interruptions", () =>
  withFolder({}, async (folder) => {
    const whole = await reproduce(
      options(`${folder}-whole`, { jobs: 1, store: `${folder}-store` }),
    );
    assert.deepEqual(counts(await reproduce(options(folder, { cells: "good-seed" }))), [2, 4]);
    const parts = await reproduce(options(folder, { jobs: 3 }));
    assert.deepEqual(counts(parts), [4, 10]);
    assert.deepEqual(parts.result.cells, whole.result.cells);
    assert.deepEqual(parts.result.comparisons, whole.result.comparisons);
    assert.deepEqual(parts.result.curves, whole.result.curves);
  }));

Deno.test("another table, setting of a task or folder finds every student in the store", () =>
  withFolder({}, async (folder) => {
    await reproduce(options(folder));
    const elsewhere = await reproduce(options(`${folder}-elsewhere`));
    assert.deepEqual(counts(elsewhere), [0, 0]);
    assert.equal(elsewhere.result.finished, true);
    const probe = await reproduce(
      options(`${folder}-probe`, { set: ["tasks.linear-probe.epochs=3"] }),
    );
    assert.deepEqual(counts(probe), [0, 6]);
    // A table with one column more trains nothing.
    const text = await Deno.readTextFile(join(recipeFolder, "tiny.yaml"));
    const column = "  - { id: knn, group: K-NN, header: A, task: k-nn, data: imagenet }\nrows:\n";
    const table = join(folder, "..", "wider.yaml");
    await Deno.writeTextFile(table, text.replace("rows:\n", column));
    const wider = await reproduce(options(`${folder}-wider`, { table }));
    assert.deepEqual(counts(wider), [0, 6]);
  }));

Deno.test("a job that fails or crashes leaves the others standing and is run again", () =>
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
      const { values } = await readJsonLines(join(folder, "journal.jsonl"));
      const failed = values.filter((line) => (line as { type: string }).type === "failed");
      assert.equal(failed.length, 3);

      Deno.env.set("LGD_BENCH_TEST_FAIL", "");
      Deno.env.set("LGD_BENCH_TEST_CRASH", "");
      const second = await reproduce(options(folder));
      assert.deepEqual(counts(second), [3, 6]);
      assert.equal(second.result.finished, true);
      assert.deepEqual(second.result.warnings, []);
    },
  ));

/** Changes one byte of a file, whatever its permissions. */
async function flipByte(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  await Deno.chmod(path, 0o644);
  await Deno.writeFile(path, bytes);
}

Deno.test("damaged entries of the store are told and made again", () =>
  withFolder({}, async (folder) => {
    const { result } = await reproduce(options(folder));
    const { plan, stored } = await openTable(options(folder));
    const other = plan.models.find(({ id }) => id === "other.seed1")!;
    await flipByte(stored.models.get(other.train!.key)!.entry.files["student.safetensors"]!.path);
    await flipByte(stored.outcomes.get(other.measures[0]!.key)!.entry.files["evidence.bin"]!.path);
    const events: PipelineEvent[] = [];
    const again = await reproduce(options(folder, { onEvent: (event) => events.push(event) }));
    assert.deepEqual(counts(again), [1, 1]);
    assert.ok(events.some((event) => event.type === "warning" && /damaged/.test(event.message)));
    assert.deepEqual(again.result.cells, result.cells);
  }));

Deno.test("pruning leaves everything that a running table counts on", () =>
  withFolder({}, async (folder) => {
    await reproduce(options(folder, { seeds: 1 }));
    const { store } = await openTable(options(folder));
    let kept = 0;
    const outcome = await reproduce(options(folder, {
      jobs: 1,
      onEvent: async ({ type }) => {
        if (type !== "started" && type !== "ended") return;
        const report = await store.prune({ dryRun: false, includeLinked: true });
        kept = Math.max(kept, report.kept.claimed);
        assert.deepEqual(report.removed, []);
      },
    }));
    assert.equal(outcome.result.finished, true);
    assert.ok(kept >= 3 + 8);
    assert.equal(
      outcome.result.cells.find(({ id }) => id === "good-lgd.zs.val")!.perSeed.length,
      2,
    );
    // Nobody holds it now.
    const { removed } = await store.prune({ dryRun: false, includeLinked: true });
    assert.equal(removed.length, 6 + 14);
  }));

Deno.test("an entry that another version wrote is moved aside and made again", () =>
  withFolder({}, async (folder) => {
    const { result } = await reproduce(options(folder));
    const { plan, stored, store } = await openTable(options(folder));
    const other = plan.models.find(({ id }) => id === "other.seed1")!;
    const replace = async (kind: "model" | "outcome", entry: StoreEntry, content: EntryContent) => {
      await Deno.remove(entry.folder, { recursive: true });
      await store.put(kind, entry.key, content);
    };
    const model = stored.models.get(other.train!.key)!.entry;
    const [first, second] = other.measures.map(({ key }) => stored.outcomes.get(key)!.entry);
    const bytes = (name: string, { files }: StoreEntry) => Deno.readFileSync(files[name]!.path);
    // Whole to the last checksum, but without a field, or with evidence that cannot be decoded.
    await replace("model", model, {
      info: { label: "old" },
      files: { "student.safetensors": bytes("student.safetensors", model) },
    });
    await replace("outcome", first!, {
      info: { label: "old" },
      files: { "evidence.bin": bytes("evidence.bin", first!) },
    });
    await replace("outcome", second!, {
      info: second!.info,
      files: { "evidence.bin": "not evidence" },
    });
    const told: string[] = [];
    const again = await reproduce(options(folder, {
      onEvent: (event) => {
        if (event.type === "warning") told.push(event.message);
      },
    }));
    assert.deepEqual(counts(again), [1, 2]);
    assert.equal(told.filter((text) => /moved to damaged\//.test(text)).length, 3);
    assert.deepEqual(again.result.cells, result.cells);
    // The report tells of numbers, not of this machine's disk.
    assert.deepEqual(again.result.warnings, []);
    assert.deepEqual(counts(await reproduce(options(folder))), [0, 0]);
  }));

Deno.test("what was removed from a run folder, or changed in it, is put back from the store", () =>
  withFolder({}, async (folder) => {
    const { result, reportPath } = await reproduce(options(folder));
    const path = join(folder, "result.json");
    const whole = await Deno.readTextFile(path);
    const student = join(folder, "models", "good-lgd.seed1.safetensors");
    const bytes = await Deno.readFile(student);
    const check = async (change: () => Promise<void>) => {
      await change();
      const again = await reproduce(options(folder));
      assert.deepEqual(counts(again), [0, 0]);
      assert.deepEqual(again.result.cells, result.cells);
      assert.deepEqual(await Deno.readFile(student), bytes);
      const text = await Deno.readTextFile(path);
      assert.deepEqual(parseResult(text, path).cells, result.cells);
      assert.match(await Deno.readTextFile(reportPath), /<\/html><!-- sha256 \w+ -->\n$/);
    };
    await check(() => Deno.remove(student));
    await check(async () => {
      await Deno.remove(student);
      await Deno.writeTextFile(student, "another student");
    });
    // A digit in the result, a report that was cut off, one of another result.
    await check(() => Deno.writeTextFile(path, whole.replace(/"value": \d/, '"value": 9')));
    await check(async () => {
      const report = await Deno.readTextFile(reportPath);
      await Deno.writeTextFile(reportPath, report.slice(0, 100));
    });
    await check(() => Deno.remove(join(folder, "report"), { recursive: true }));
  }));

Deno.test("the time of a run whose journal was lost is not known", () =>
  withFolder({}, async (folder) => {
    const { result } = await reproduce(options(folder, { seeds: 1 }));
    assert.ok(result.timings.totalSeconds! > 0);
    await Deno.remove(join(folder, "journal.jsonl"));
    const more = await reproduce(options(folder, { seeds: 2 }));
    assert.equal(more.result.timings.totalSeconds, null);
  }));

Deno.test("a run folder that is removed while the run goes on ends it with the exit code of data", () =>
  withFolder({ LGD_BENCH_TEST_SLEEP: "50" }, async (folder) => {
    let removed = false;
    await assert.rejects(
      reproduce(options(folder, {
        jobs: 1,
        onEvent: ({ type }) => {
          if (type !== "ended" || removed) return;
          removed = true;
          Deno.renameSync(folder, `${folder}-gone`);
        },
      })),
      (error) => error instanceof DataError && /was removed or replaced/.test(error.message),
    );
    Deno.env.delete("LGD_BENCH_TEST_SLEEP");
    assert.equal((await reproduce(options(folder))).result.finished, true);
  }));

Deno.test("more seeds extend a run; another setting needs another folder", () =>
  withFolder({}, async (folder) => {
    await reproduce(options(folder, { seeds: 1 }));
    assert.deepEqual(counts(await reproduce(options(folder, { seeds: 3 }))), [6, 12]);
    await assert.rejects(
      reproduce(options(folder, { set: ["methods.lgd.alpha=0.125"] })),
      (error) =>
        error instanceof ConfigError &&
        /methods.lgd.alpha: 0.5 there, 0.125 now/.test(error.message),
    );
    // Only the one row that uses the setting is trained.
    const changed = { set: ["methods.lgd.alpha=0.125"], overwrite: true, seeds: 1 };
    assert.deepEqual(counts(await reproduce(options(folder, changed))), [1, 2]);
  }));

Deno.test("a run folder of version 0.1 is told as such", () =>
  withFolder({}, async (folder) => {
    await Deno.mkdir(join(folder, "cells"), { recursive: true });
    await Deno.writeTextFile(join(folder, "manifest.json"), '{"schemaVersion": 1}\n');
    await assert.rejects(
      reproduce(options(folder)),
      (error) =>
        error instanceof ConfigError &&
        /a run of lgd-bench 0\.1.*another --out/.test(error.message),
    );
    const { result } = await reproduce(options(folder, { overwrite: true }));
    assert.equal(result.finished, true);
    await assert.rejects(Deno.stat(join(folder, "cells")), Deno.errors.NotFound);
  }));

Deno.test("data that cannot be prepared end the run with the exit code of data", () =>
  withFolder({ LGD_BENCH_TEST_PREPARE: "damaged" }, async (folder) => {
    await assert.rejects(
      reproduce(options(folder)),
      (error) => error instanceof DataError && /3 images are damaged/.test(error.message),
    );
    Deno.env.delete("LGD_BENCH_TEST_PREPARE");
    assert.deepEqual(counts(await reproduce(options(folder))), [6, 14]);
  }));

Deno.test("an interrupted run keeps what is finished and gives the folder back", () =>
  withFolder({ LGD_BENCH_TEST_SLEEP: "50" }, async (folder) => {
    const controller = new AbortController();
    let ended = 0;
    await assert.rejects(
      reproduce(options(folder, {
        jobs: 1,
        signal: controller.signal,
        onEvent: ({ type }) => {
          // The preparation, the baseline and one student.
          if (type === "ended" && ++ended === 3) controller.abort(new InterruptedError("stopped"));
        },
      })),
      InterruptedError,
    );
    const outcome = await reproduce(options(folder));
    assert.deepEqual(counts(outcome), [5, 11]);
    assert.equal(outcome.result.finished, true);
  }));

Deno.test("opening a table writes nothing", () =>
  withFolder({}, async (folder) => {
    const opened = await openTable(options(folder));
    assert.equal(opened.plan.models.length, 8);
    assert.equal(opened.stored.models.size, 0);
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
    await assert.rejects(Deno.stat(join(folder, "..", "store")), Deno.errors.NotFound);
    await assert.rejects(reproduce(options(folder, { seeds: 0 })), /--seeds: expected/);
    await assert.rejects(reproduce(options(folder, { executor: "slurm" })), ConfigError);
    await assert.rejects(
      reproduce(options(folder, { set: ["students.S=resnet8"] })),
      /Did you mean "resnet18"/,
    );
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
  }));

Deno.test("a dry run loads no plug-ins, and says so where a name is unknown", () =>
  withFolder({}, async (folder) => {
    await Deno.mkdir(folder, { recursive: true });
    const plugin = join(folder, "plugin.js");
    await Deno.writeTextFile(plugin, "throw new Error('it was loaded')");
    const dry = { plugins: [plugin], loadPlugins: false, out: join(folder, "run") };
    assert.equal((await openTable(options(folder, dry))).plan.models.length, 8);
    await assert.rejects(
      openTable(options(folder, { ...dry, set: ["teachers.main=mine"] })),
      (error) => error instanceof ConfigError && /add --load-plugins/.test(error.message),
    );
    await assert.rejects(
      openTable(options(folder, { ...dry, loadPlugins: true })),
      /it was loaded/,
    );
  }));

Deno.test("a wrong teacher, task, batch or list of class names ends the command before it writes", () =>
  withFolder({}, async (folder) => {
    await Deno.mkdir(folder, { recursive: true });
    const names = join(folder, "names.txt");
    const out = join(folder, "run");
    const refused = (set: string | string[], message: RegExp) =>
      assert.rejects(
        reproduce(options(out, { set: [set].flat() })),
        (error) => error instanceof ConfigError && message.test(error.message),
      );
    await refused("teachers.main=emoji-clap", /Unknown teacher .* Did you mean "emoji-clip"/);
    await refused("tasks.linear-probe.epochs=-1", /tasks.linear-probe.epochs: .*got -1/);
    await refused("pretrain.batchSize=100000", /fewer than a batch of 100000/);
    // A setting is checked where it is used: SEED's queue against the batch.
    await refused("methods.seed.queueSize=15", /good-seed.seed0: .*queueSize/);
    await refused(`text.imagenet=file:${names}`, /names\.txt: there is no such file/);
    await Deno.writeTextFile(names, "");
    await refused(`text.imagenet=file:${names}`, /names\.txt: it has no names/);
    await Deno.writeTextFile(names, "dog\ncat\ndog\nxqzvw\n");
    await refused(
      `text.imagenet=file:${names}`,
      /2 bad lines\n {2}line 3: "dog" is a duplicate of line 1\n {2}line 4: "xqzvw"/,
    );
    await assert.rejects(Deno.stat(out), Deno.errors.NotFound);
    // Another list with the same name: the rows that use it, and no others, are trained again.
    await Deno.writeTextFile(names, "dog\ncat\n");
    const text = { set: [`text.imagenet=file:${names}`], seeds: 1 };
    assert.deepEqual(counts(await reproduce(options(out, text))), [3, 8]);
    await Deno.writeTextFile(names, "dog\ncat\nhorse\n");
    assert.deepEqual(counts(await reproduce(options(out, text))), [2, 4]);
    assert.deepEqual(counts(await reproduce(options(out, text))), [0, 0]);
  }));

Deno.test("a disk that is full ends the run with the path, and with nothing half-written", () =>
  withFolder({ LGD_BENCH_TEST_FULL: "good-seed.seed0" }, async (folder) => {
    await assert.rejects(
      reproduce(options(folder, { jobs: 1 })),
      (error) => error instanceof WriteError && /no\.safetensors/.test(error.message),
    );
    const { stored } = await openTable(options(folder));
    assert.ok(stored.outcomes.size < 5);
    Deno.env.delete("LGD_BENCH_TEST_FULL");
    assert.equal((await reproduce(options(folder))).result.finished, true);
  }));

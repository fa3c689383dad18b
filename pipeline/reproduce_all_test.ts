import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, InterruptedError } from "../core/errors.ts";
import {
  type AllOutcome,
  isComplete,
  reproduceAll,
  type ReproduceAllOptions,
} from "./reproduce_all.ts";

const here = new URL(".", import.meta.url);
const modules = {
  prepare: new URL("testdata/dummy_prepare_worker.ts", here).href,
  unit: new URL("testdata/dummy_unit_worker.ts", here).href,
};

/** A folder with three tables: two of the same students and one that names no data set. */
async function withTables(
  test: (options: (more?: Partial<ReproduceAllOptions>) => ReproduceAllOptions) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const recipeFolder = join(folder, "tables");
  const text = await Deno.readTextFile(join(import.meta.dirname!, "testdata", "tiny.yaml"));
  const tables = {
    first: text,
    second: text.replace(
      "  - { id: lp, ",
      "  - { id: knn, group: K, header: A, task: k-nn, data: imagenet }\n  - { id: lp, ",
    ),
    wrong: text.replace("data: { imagenet: emojinet-100 }", "data: { imagenet: emojinet-99 }"),
  };
  try {
    await Deno.mkdir(recipeFolder);
    for (const [name, own] of Object.entries(tables)) {
      const path = join(recipeFolder, `${name}.yaml`);
      await Deno.writeTextFile(path, own.replace("table: tiny", `table: ${name}`));
    }
    await test((more = {}) => ({
      recipeFolder,
      out: join(folder, "run"),
      store: join(folder, "store"),
      modules,
      jobs: 2,
      renderReport: ({ title }) => Promise.resolve(`<h1>${title}</h1>`),
      ...more,
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const counts = ({ tables }: AllOutcome) =>
  tables.map(({ table, outcome }) => [table, outcome?.trained, outcome?.measured]);

Deno.test("reproduceAll makes every table with one store, and goes on where one cannot be made", () =>
  withTables(async (options) => {
    const told: string[] = [];
    const all = await reproduceAll(
      options({ onTable: (table, index, count) => told.push(`${table} ${index + 1}/${count}`) }),
    );
    assert.deepEqual(told, ["first 1/3", "second 2/3", "wrong 3/3"]);
    // The second table measures one column more of the students of the first.
    assert.deepEqual(counts(all), [["first", 6, 14], ["second", 0, 6], [
      "wrong",
      undefined,
      undefined,
    ]]);
    assert.equal(isComplete(all), false);
    assert.match(all.tables[2]!.error!.message, /Unknown dataset "emojinet-99"/);
    for (const { table, outcome } of all.tables.slice(0, 2)) {
      assert.equal(outcome!.result.table, table);
      assert.equal(outcome!.folder, join(all.folder, table));
    }
    const tables = ["first", "second"];
    const again = await reproduceAll(options({ tables }));
    assert.deepEqual(counts(again), [["first", 0, 0], ["second", 0, 0]]);
    assert.equal(isComplete(again), true);
  }));

Deno.test("reproduceAll goes on with the next table where jobs of one fail, and is not complete", () =>
  withTables(async (options) => {
    Deno.env.set("LGD_BENCH_TEST_FAIL", "other.seed0");
    try {
      const all = await reproduceAll(options({ tables: ["first", "second"] }));
      assert.deepEqual(all.tables.map(({ outcome }) => outcome!.failures.size), [1, 1]);
      assert.equal(isComplete(all), false);
    } finally {
      Deno.env.delete("LGD_BENCH_TEST_FAIL");
    }
    // What failed is run again, what is there is not.
    const all = await reproduceAll(options({ tables: ["first", "second"] }));
    assert.deepEqual(counts(all), [["first", 1, 2], ["second", 0, 1]]);
  }));

Deno.test("reproduceAll ends at once for wrong options, and where it is interrupted", () =>
  withTables(async (options) => {
    const refused = (more: Partial<ReproduceAllOptions>, message: RegExp) =>
      assert.rejects(
        reproduceAll(options(more)),
        (error) => error instanceof ConfigError && message.test(error.message),
      );
    await refused({ size: "tiny" }, /Unknown size "tiny"/);
    await refused({ set: ["pretrain.learningRte=1"] }, /Did you mean "pretrain\.learningRate"/);
    const controller = new AbortController();
    const interrupted = reproduceAll(options({
      signal: controller.signal,
      onTable: (table) => {
        if (table === "second") controller.abort(new InterruptedError("stopped"));
      },
    }));
    await assert.rejects(interrupted, InterruptedError);
  }));

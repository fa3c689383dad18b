import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import { cacheFolder } from "../../core/files.ts";
import type { Executor, JobOutcome } from "../../core/launch/executor.ts";
import { recipeFiguresSchema } from "../../core/recipe/figures_schema.ts";
import { jointFigures } from "../../core/results/testdata/joint_figures.ts";
import type { FigureRequest } from "./request.ts";
import { findFigures, findFiguresFileProblem } from "./stored_figures.ts";

const made = {
  pictures: { tiles: "data:image/png;base64,AAAA" },
  figures: jointFigures,
  warnings: ["a row is missing"],
};

/** An executor whose one job ends so. */
function executorOf(outcome: JobOutcome): Executor & { readonly ran: string[] } {
  const ran: string[] = [];
  return {
    name: "test",
    ran,
    run(jobs) {
      ran.push(...jobs.map(({ id }) => id));
      return Promise.resolve(new Map(jobs.map(({ id }) => [id, outcome])));
    },
  };
}

const settings = recipeFiguresSchema.parse({ column: "zs", rows: ["a"] });
const request: FigureRequest = {
  key: crypto.randomUUID().replaceAll("-", ""),
  number: 1,
  settings,
  data: "emojinet-100",
  split: "val",
  views: 1,
  templates: ["{}"],
  seed: 0,
  rows: [{ row: "a", student: null, teacher: "emoji-clip" }],
};
const path = join(cacheFolder(), "figures", `${request.key}.json`);
const plugins = { paths: [], override: false };

/** Removes what a test has put into the cache. */
async function withCache(test: () => Promise<void>): Promise<void> {
  try {
    await test();
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

Deno.test("findFigures() makes figures once, and again where the file was damaged", () =>
  withCache(async () => {
    const first = executorOf({ status: "done", result: made });
    assert.deepEqual(await findFigures([request], { executor: first, plugins, threads: 1 }), made);
    assert.deepEqual(first.ran, ["figures"]);
    const second = executorOf({ status: "done", result: made });
    assert.deepEqual(await findFigures([request], { executor: second, plugins, threads: 1 }), made);
    assert.deepEqual(second.ran, []);
    assert.equal(await findFiguresFileProblem(path), undefined);

    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace("a row is missing", "a row is there"));
    await assert.rejects(findFiguresFileProblem(path), /checksum is wrong/);
    await findFigures([request], { executor: second, plugins, threads: 1 });
    assert.deepEqual(second.ran, ["figures"]);
    assert.equal(await Deno.readTextFile(path), text);
  }));

Deno.test("findFigures() tells what could not be made, and keeps nothing of it", () =>
  withCache(async () => {
    const error = { name: "ConfigError", message: "it has no text encoder" };
    const failing = executorOf({ status: "failed", error });
    const options = { executor: failing, plugins, threads: 1 };
    const { figures, warnings } = await findFigures([request], options);
    assert.deepEqual(figures, []);
    assert.match(warnings.join(), /figures of a are missing: it has no text encoder/);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    await assert.rejects(findFigures([request], { ...options, mustSucceed: true }), ConfigError);

    const odd = executorOf({ status: "done", result: { ...made, figures: [{ kind: "odd" }] } });
    const found = await findFigures([request], { ...options, executor: odd });
    assert.match(found.warnings.join(), /not what a report can show/);
  }));

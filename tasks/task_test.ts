import assert from "node:assert/strict";
import { z } from "zod";
import type { LabelAnnotation } from "../core/data/annotation.ts";
import { SampleList } from "../core/data/sample_list.ts";
import { ConfigError, TaskError } from "../core/errors.ts";
import { accuracy, accuracyEvidence } from "../core/results/metric.ts";
import { argMax, predictionEvidence, rightPerSample } from "./classification.ts";
import { tasks } from "./registry.ts";
import { assertMeasurable, noModel, resolveTaskSettings, type Task } from "./task.ts";
import { rightOf, runToy, toyDataset, type ToyOptions } from "./testdata/toy_task.ts";

const views = {
  samples: SampleList.from([{ id: "a", label: 0 }, { id: "b", label: 1 }, { id: "c", label: 0 }]),
  viewsPerSample: 4,
};

Deno.test("rightPerSample() counts each sample's views that are right", () => {
  const asked: number[] = [];
  const right = rightPerSample(views, (view) => {
    asked.push(view);
    return view < 4 || view === 6;
  });
  assert.deepEqual([...right].map((count) => count / 4), [1, 0.25, 0]);
  assert.deepEqual(asked, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

Deno.test("predictionEvidence() compares predictions with labels", () => {
  const evidence = predictionEvidence(views, (view) => view % 2);
  assert.deepEqual(evidence.sampleIds, ["a", "b", "c"]);
  assert.deepEqual(rightOf(evidence), [2, 2, 2]);
  assert.equal(accuracy.value(evidence, new Float64Array(3).fill(1)), 50);
});

Deno.test("argMax() finds the first largest element of a row", () => {
  const values = [9, 1, 3, 3, 2, 9];
  assert.equal(argMax(values, 1, 4), 1);
  assert.equal(argMax(values, 0, 6), 0);
  assert.equal(argMax([-3, -2, -Infinity], 0, 3), 1);
});

Deno.test("the registry of tasks knows each by its name and suggests near ones", () => {
  for (const name of tasks.names()) assert.equal(tasks.get(name).name, name);
  assert(tasks.names().includes("zero-shot") && tasks.names().includes("linear-probe"));
  assert.throws(
    () => tasks.get("zeroshot"),
    (error) => error instanceof ConfigError && /Did you mean "zero-shot"/.test(error.message),
  );
});

Deno.test("every task has defaults for all of its settings, and refuses unknown ones", () => {
  for (const name of tasks.names()) {
    const task = tasks.get(name);
    const settings = resolveTaskSettings(task, {}, "the test");
    assert.deepEqual(resolveTaskSettings(task, settings as Record<string, unknown>, "x"), settings);
    assert.throws(
      () => resolveTaskSettings(task, { nonsense: 1 }, "column c"),
      (error) =>
        error instanceof ConfigError && error.message.includes(`task ${name} in column c`) &&
        /Unknown key "nonsense"/.test(error.message),
    );
    assert(task.metrics.length > 0 && task.templates(settings).length > 0);
  }
});

Deno.test("assertMeasurable() names what model or data lack", () => {
  const task = tasks.get("semi-supervised");
  const dataset = toyDataset({ classNames: ["a"], labels: { val: [0] } });
  const student = { name: "s", parts: ["features" as const] };
  const fineTune = resolveTaskSettings(task, { by: "fine-tune" }, "x");
  assertMeasurable(task, { settings: resolveTaskSettings(task, {}, "x"), model: student, dataset });
  assert.throws(
    () => assertMeasurable(task, { settings: fineTune, model: student, dataset }),
    /semi-supervised with s: it has no backbone/,
  );
  assert.throws(
    () =>
      assertMeasurable(task, {
        settings: fineTune,
        dataset: { name: "boxes", annotationKind: "instances" },
      }),
    /on boxes: expected annotations of kind "label", got "instances"/,
  );
});

/** A task that hands back what it is told to. */
function taskOf(run: Task<LabelAnnotation, unknown>["run"]): Task<LabelAnnotation, unknown> {
  return {
    name: "mine",
    version: 1,
    title: "Mine",
    settings: z.strictObject({}),
    needs: { annotation: "label", model: [] },
    metrics: [accuracy],
    classNames: (data) => data.classNames,
    templates: () => ["{}"],
    cost: () => Promise.resolve({ images: 0, steps: 0, macs: 0 }),
    run,
  };
}

const toy: ToyOptions = {
  classNames: ["a"],
  labels: { val: [0, 0] },
  viewsPerSample: 1,
  rows: {},
  model: noModel,
};

Deno.test("runTask() refuses evidence that is not valid, and names task and split", async () => {
  const twice = taskOf(() => Promise.resolve({ val: accuracyEvidence(["x", "x"], [1, 1], 1) }));
  await assert.rejects(
    runToy(twice, toy),
    (error) =>
      error instanceof TaskError &&
      /task "mine" on val: sample "x" occurs twice/.test(error.message),
  );
  await assert.rejects(runToy(taskOf(() => Promise.resolve({})), toy), /"mine".*has no split val/);
});

Deno.test("runTask() lets no name of a file lead out of the folder", async () => {
  const escaping = taskOf(async (context) => {
    await context.keepFile("../outside.txt", "x");
    return {};
  });
  await assert.rejects(runToy(escaping, toy), /the name of a file .* got "\.\.\/outside\.txt"/);
});

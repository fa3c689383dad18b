import assert from "node:assert/strict";
import { registerDataset } from "../core/data/registry.ts";
import { type Sample, SampleList } from "../core/data/sample_list.ts";
import type { Dataset } from "../core/data/dataset.ts";
import { ConfigError } from "../core/errors.ts";
import { methods } from "../core/methods/registry.ts";
import type { MeasureJob, TrainJob } from "../core/recipe/jobs.ts";
import { pretrainSchema } from "../core/recipe/pretrain_settings.ts";
import { tasks } from "../tasks/registry.ts";
import { validateJobs } from "./validate_jobs.ts";

/** Registers a data set of a plug-in whose splits have these samples. */
function register(name: string, samples: readonly Sample[]): void {
  const list = SampleList.from(samples);
  const dataset = {
    name,
    title: name,
    credits: [],
    annotationKind: "label",
    classNames: ["cat", "dog"],
    splits: ["train", "val"].map((split) => ({
      name: split,
      role: split === "train" ? "train" : "test",
      title: split,
    })),
    samples: () => Promise.resolve(list),
  } as unknown as Dataset;
  registerDataset(name, () => Promise.resolve(dataset));
}

function measure(data: string): Promise<string[]> {
  const settings = tasks.get("k-nn").settings.parse({}) as Record<string, unknown>;
  const spec = { task: "k-nn", data, settings, views: 1, splits: ["val"] };
  const job: MeasureJob = { id: "k-nn", key: "", modelKey: "", spec, seed: 0, columns: [] };
  return validateJobs([{ train: { name: "model", parts: ["features"] }, measures: [job] }]);
}

const refuses = (data: string, message: RegExp) =>
  assert.rejects(
    measure(data),
    (error) => error instanceof ConfigError && message.test(error.message),
  );

Deno.test("validateJobs refuses labels that are no class, and ids that are there twice", async () => {
  register("good-samples", [{ id: "a", label: 0 }, { id: "b", label: 1 }]);
  register("one-class", [{ id: "a", label: 0 }]);
  register("wrong-label", [{ id: "a", label: 0 }, { id: "b", label: 2 }]);
  register("no-label", [{ id: "a", label: 0 }, { id: "b", label: -1 }]);
  register("same-id", [{ id: "a", label: 0 }, { id: "a", label: 1 }]);
  assert.deepEqual(await measure("good-samples"), []);
  assert.match((await measure("one-class"))[0]!, /no images in val for 1 of its 2 classes: "dog"/);
  await refuses("wrong-label", /image "b" of val has label 2, expected 0 to 1/);
  await refuses("no-label", /image "b" of val has label -1/);
  await refuses("same-id", /two images of val have the id "a"/);
});

Deno.test("validateJobs refuses to compare with texts what has an embedding of its own space", async () => {
  const data = "emojinet-100";
  const train = (queues: number): TrainJob => ({
    id: `compress-${queues}q`,
    key: "",
    rowIds: [],
    seed: 0,
    spec: {
      method: "compress",
      teacher: "emoji-clip",
      student: "resnet18",
      data,
      text: null,
      epochs: 1,
      pretrain: pretrainSchema.parse({
        imageSize: 32,
        widthMultiplier: 0.125,
        batchSize: 64,
        viewsPerImage: 2,
      }),
      settings: methods.get("compress").settings.parse({ queues, queueSize: 512 }) as Record<
        string,
        unknown
      >,
    },
  });
  const measureBy = (task: string): MeasureJob => ({
    id: task,
    key: "",
    modelKey: "",
    spec: {
      task,
      data,
      settings: tasks.get(task).settings.parse({}) as Record<string, unknown>,
      views: 1,
      splits: ["val"],
    },
    seed: 0,
    columns: [],
  });
  const check = (queues: number, task: string) =>
    validateJobs([{ train: train(queues), measures: [measureBy(task)] }]);
  assert.deepEqual(await check(1, "zero-shot"), []);
  assert.deepEqual(await check(2, "linear-probe"), []);
  await assert.rejects(
    check(2, "zero-shot"),
    (error) =>
      error instanceof ConfigError &&
      /compress-2q, whose embedding by compress is of a space of its own/.test(error.message),
  );
});

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type Dataset, trainSplit } from "../core/data/dataset.ts";
import { getDataset, registerDataset } from "../core/data/registry.ts";
import { ConfigError } from "../core/errors.ts";
import { measureKey, type MeasureSpec, trainKey, type TrainSpec } from "../core/recipe/jobs.ts";
import { pretrainSchema } from "../core/recipe/pretrain_settings.ts";
import { templateSets } from "../core/text/templates.ts";
import { buildTextBank } from "../core/text/text_bank.ts";
import { teachers } from "../teachers/registry.ts";
import { contentHash } from "../teachers/teacher.ts";
import { JobContents, resolveText } from "./resolve_jobs.ts";

const data = "emojinet-100";
const text = { task: "zero-shot", data, settings: { templates: "emoji" } } as const;

function spec(more: Partial<TrainSpec> = {}): TrainSpec {
  return {
    method: "lgd",
    teacher: "emoji-clip",
    student: "resnet18",
    data,
    text,
    epochs: 1,
    pretrain: pretrainSchema.parse({}),
    settings: {},
    ...more,
  };
}

async function keyOf(train: TrainSpec, contents = new JobContents()): Promise<string> {
  await contents.load([{ train, measures: [] }]);
  return trainKey(train, 0, contents.train(train));
}

/** Registers a copy of the embedded data with other class names. */
async function registerNamed(name: string, change: (names: readonly string[]) => string[]) {
  const dataset = await getDataset(data);
  const classNames = change(dataset.classNames);
  const { title, credits, annotationKind, splits } = dataset;
  const copy: Dataset = {
    name,
    title,
    credits,
    annotationKind,
    splits,
    classNames,
    samples: (split) => dataset.samples(split),
    annotation: (split, index) => dataset.annotation(split, index),
    decode: (split, index) => dataset.decode(split, index),
    fingerprint: (split) => dataset.fingerprint(split),
    skipped: (split) => dataset.skipped(split),
  };
  registerDataset(name, () => Promise.resolve(copy));
  return classNames;
}

Deno.test("the bank of a task on a data set is that of its class names and prompts", async () => {
  const { classNames, templates } = await resolveText(text);
  const dataset = await getDataset(data);
  const teacher = await teachers.get("emoji-clip")();
  const bank = await buildTextBank(teacher.encodeText!, classNames, templates);
  const byHand = await buildTextBank(teacher.encodeText!, dataset.classNames, templateSets.emoji);
  assert.deepEqual(bank, byHand);
  await teacher.release();
  const listed = await resolveText({ names: ["cat", "dog"], templates: "name" });
  assert.deepEqual(listed, { classNames: ["cat", "dog"], templates: ["{}"] });
  await assert.rejects(
    resolveText({ names: ["cat", "cat"], templates: "name" }),
    (error) => error instanceof ConfigError && /duplicate/.test(error.message),
  );
});

Deno.test("other class names, prompts or plug-ins are other trainings", async () => {
  const renamed = await registerNamed("renamed-data", (names) => ["ghost", ...names.slice(1)]);
  assert.equal(renamed[0], "ghost");
  await registerNamed("same-data", (names) => [...names]);
  const own = await keyOf(spec());
  const withText = (changes: Record<string, unknown>) =>
    keyOf(spec({ text: { ...text, ...changes } }));
  // The bank is told by its names, not by the name of the data set.
  assert.equal(await withText({ data: "same-data" }), own);
  assert.notEqual(await withText({ data: "renamed-data" }), own);
  assert.notEqual(await withText({ settings: { templates: "name" } }), own);
  const plugins = new JobContents({ "student resnet18": "hash of a module" });
  assert.notEqual(await keyOf(spec(), plugins), own);
  // Labels have the names of the data: a supervised training is another one too.
  const supervised = { method: "supervised", teacher: null, text: null };
  assert.equal(
    await keyOf(spec({ ...supervised, data: "same-data" })),
    await keyOf(spec(supervised)),
  );
  assert.notEqual(
    await keyOf(spec({ ...supervised, data: "renamed-data" })),
    await keyOf(spec(supervised)),
  );
});

Deno.test("the key of a measurement follows the data that it may look at", async () => {
  const measurement: MeasureSpec = {
    task: "linear-probe",
    data,
    settings: {},
    views: 1,
    splits: ["val", "nowhere"],
  };
  const contents = new JobContents();
  const columns = (of: MeasureSpec) => [{ column: "c", metric: "top1", spec: of }];
  await contents.load([{ train: null, measures: columns(measurement) }]);
  const known = contents.measure(measurement);
  const split = trainSplit(await getDataset(data));
  assert.deepEqual(Object.keys(known.data), [split, "val"]);
  assert.equal(known.taskVersion, 2);
  const other = { ...measurement, views: 2 };
  await contents.load([{ train: null, measures: columns(other) }]);
  const model = "ab".repeat(32);
  assert.notEqual(
    measureKey(model, measurement, 0, known),
    measureKey(model, other, 0, contents.measure(other)),
  );
  assert.ok(contents.hashes.has(`data ${data} val`));
  assert.throws(
    () => contents.measure({ ...measurement, seed: 1 } as MeasureSpec),
    /not looked up/,
  );
});

Deno.test("everything that cannot be found is told at once", async () => {
  const rows = [
    { train: spec({ teacher: "emoji-clap" }), measures: [] },
    { train: spec({ data: "emojinet-101" }), measures: [] },
    { train: spec({ text: { file: "/nowhere/names.txt", templates: "name" } }), measures: [] },
  ];
  await assert.rejects(
    new JobContents().load(rows),
    (error) =>
      error instanceof ConfigError && /"emoji-clip"/.test(error.message) &&
      /"emojinet-100"/.test(error.message) &&
      /names\.txt: there is no such file/.test(error.message),
  );
});

Deno.test("a teacher's word vectors are a part of its content, and not of its embeddings' key", async () => {
  const teacher = await teachers.get("emoji-clip")();
  const hash = await new JobContents().teacherHash("emoji-clip");
  assert.equal(hash, await contentHash(teacher));
  assert.notEqual(hash, teacher.hash);
  const other = { ...teacher, hashTexts: () => Promise.resolve("other words") };
  assert.notEqual(await contentHash(other), hash);
  assert.equal(other.hash, teacher.hash);
  await teacher.release();
});

Deno.test("class names of a folder change the keys of trainings whose bank reads them, and no other", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const image = new Uint8Array([1, 2, 3]);
    for (const name of ["train/a/1.png", "train/b/1.png", "val/a/1.png", "val/b/1.png"]) {
      await Deno.mkdir(join(folder, dirname(name)), { recursive: true });
      await Deno.writeFile(join(folder, name), image);
    }
    const photos = `imagefolder:${folder}`;
    const own = { task: "zero-shot", data: photos, settings: { templates: "emoji" } } as const;
    const keys = async () => ({
      lgd: await keyOf(spec({ data: photos, text: own })),
      other: await keyOf(spec({ data: photos })),
      seed: await keyOf(spec({ data: photos, method: "seed", text: null })),
      supervised: await keyOf(spec({
        data: photos,
        method: "supervised",
        teacher: null,
        text: null,
      })),
    });
    await Deno.writeTextFile(join(folder, "class_names.txt"), "a cat\nb dog\n");
    const before = await keys();
    await Deno.writeTextFile(join(folder, "class_names.txt"), "a cat\nb wolf\n");
    const after = await keys();
    const changed = Object.keys(before).filter((name) =>
      before[name as keyof typeof before] !== after[name as keyof typeof after]
    );
    // A supervised student's outputs go by the names, which its file holds.
    assert.deepEqual(changed, ["lgd", "supervised"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

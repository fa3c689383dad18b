import assert from "node:assert/strict";
import { join } from "node:path";
import { readSafetensors } from "../../core/nn/safetensors.ts";
import { resolveTaskSettings } from "../task.ts";
import { killedFineTuning, killedProbe } from "../testdata/run_toy_student.ts";
import { classes, colourToy as toy } from "../testdata/toy_student.ts";
import { rightOf, runToy, toyCost } from "../testdata/toy_task.ts";
import { fineTuningLength } from "./fine_tune.ts";
import { semiSupervised } from "./semi_supervised.ts";
import { semiSupervisedSettings } from "./settings.ts";

const probe = { learningRate: 20, batchSize: 8, epochs: 60, warmupEpochs: 0, milestones: [] };
const fineTuning = {
  learningRate: 0.05,
  headLearningRate: 0.5,
  batchSize: 8,
  epochs: 8,
  milestones: [6],
};

/** Lines of the list of labelled images, by class. */
function listed(files: ReadonlyMap<string, string>): Record<string, string[]> {
  assert.deepEqual([...files.keys()], ["labels-train.tsv"]);
  const lines = files.get("labels-train.tsv")!.trim().split("\n").map((line) => line.split("\t"));
  const byClass: Record<string, string[]> = {};
  for (const [id, name] of lines) (byClass[name!] ??= []).push(id!);
  return byClass;
}

Deno.test("semiSupervised learns a linear layer from a tenth of the images and lists them", async () => {
  const { evidence, log } = await runToy(
    semiSupervised,
    toy({ fraction: 0.1, linearProbe: probe }),
  );
  const right = rightOf(evidence["val"]!).reduce((sum, count) => sum + count, 0);
  assert(right >= 24, `${right} of 30`);
  const byClass = listed(log.files);
  assert.deepEqual(Object.values(byClass).map(({ length }) => length), [1, 1, 1]);
  for (const [index, name] of ["red", "green", "blue"].entries()) {
    for (const id of byClass[name]!) assert.equal(Number(id.split("/")[1]) % classes, index);
  }
});

Deno.test("semiSupervised draws images per class, others for another seed", async () => {
  const settings = { perClass: 4, linearProbe: { ...probe, epochs: 1 } };
  const first = await runToy(semiSupervised, toy(settings));
  const other = await runToy(semiSupervised, { ...toy(settings), seed: 4 });
  assert.deepEqual(Object.values(listed(first.log.files)).map(({ length }) => length), [4, 4, 4]);
  assert.notDeepEqual(listed(first.log.files), listed(other.log.files));
});

for (const batchNorm of ["train", "frozen"] as const) {
  Deno.test(`semiSupervised fine-tunes the whole student, BatchNorm ${batchNorm}`, async () => {
    const settings = {
      perClass: 6,
      by: "fine-tune",
      fineTuning: { ...fineTuning, batchNorm },
    };
    const { evidence, log } = await runToy(semiSupervised, toy(settings));
    const right = rightOf(evidence["val"]!).reduce((sum, count) => sum + count, 0);
    assert(right >= 26, `${right} of 30`);
    assert.deepEqual(Object.values(listed(log.files)).map(({ length }) => length), [6, 6, 6]);
  });
}

const trainings = [
  { name: "fine-tuning", settings: killedFineTuning },
  { name: "linear-probe", settings: killedProbe },
] as const;

for (const { name, settings } of trainings) {
  Deno.test(`semiSupervised goes on with a ${name} that was killed to the same bits`, async () => {
    const whole = await Deno.makeTempDir(), broken = await Deno.makeTempDir();
    const checkpoint = (folder: string) => join(folder, `${name}.checkpoint.safetensors`);
    try {
      const unbroken = await runToy(semiSupervised, toy(settings), { folder: whole });
      const process = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-prompt",
          "--allow-read",
          "--allow-write",
          "--allow-env",
          "--allow-sys",
          "--allow-ffi",
          join(import.meta.dirname!, "..", "testdata", "run_toy_student.ts"),
          name,
          broken,
        ],
        stdout: "null",
        stderr: "inherit",
      }).spawn();
      while (await Deno.stat(checkpoint(broken)).then(() => false, () => true)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      process.kill("SIGKILL");
      assert.equal((await process.status).signal, "SIGKILL");
      const tensors = async (folder: string) => {
        const bytes = await Deno.readFile(checkpoint(folder));
        return readSafetensors(bytes, folder).tensors;
      };
      assert.notDeepEqual(await tensors(broken), await tensors(whole));
      const resumed = await runToy(semiSupervised, toy(settings), { folder: broken });
      assert.deepEqual(resumed.evidence, unbroken.evidence);
      assert.deepEqual(await tensors(broken), await tensors(whole));
    } finally {
      await Deno.remove(whole, { recursive: true });
      await Deno.remove(broken, { recursive: true });
    }
  });
}

Deno.test("semiSupervised takes the published settings by default and refuses wrong ones", () => {
  const settings = semiSupervisedSettings.parse({});
  assert.deepEqual([settings.fraction, settings.perClass, settings.by], [
    null,
    128,
    "linear-probe",
  ]);
  assert.deepEqual([settings.linearProbe.epochs, settings.linearProbe.milestones], [100, [60, 80]]);
  assert.deepEqual(
    [settings.fineTuning.epochs, settings.fineTuning.learningRate, settings.fineTuning.batchNorm],
    [20, 0.01, "train"],
  );
  for (const wrong of [{ fraction: 7 }, { fraction: 0 }, { perClass: 0 }, { by: "magic" }]) {
    assert.throws(() => resolveTaskSettings(semiSupervised, wrong, "column c"), /column c/);
  }
  assert.throws(
    () => resolveTaskSettings(semiSupervised, { fineTuning: { batchnorm: "frozen" } }, "c"),
    /Did you mean "fineTuning.batchNorm"/,
  );
});

Deno.test("semiSupervised plans its steps by what is labelled", async () => {
  const { steps } = await toyCost(semiSupervised, toy({ perClass: 4, linearProbe: probe }));
  // 4 · 3 · 2 views in batches of 8.
  assert.equal(steps, 60 * 3);
  const tuned = toy({ perClass: 6, by: "fine-tune", fineTuning });
  assert.deepEqual(await toyCost(semiSupervised, tuned, 10), {
    images: 30,
    steps: 8 * 4,
    macs: (30 + 3 * 8 * 4 * 8) * 10,
  });
  assert.deepEqual(fineTuningLength({ batchSize: 256, epochs: 2 }, 1), {
    batchSize: 2,
    stepsPerEpoch: 1,
    steps: 2,
  });
});

import assert from "node:assert/strict";
import { ConfigError } from "../../core/errors.ts";
import { readTextIfPresent } from "../../core/files.ts";
import { readSafetensors } from "../../core/nn/safetensors.ts";
import { students } from "../../students/registry.ts";
import { teachers } from "../../teachers/registry.ts";
import { chooseCases, getCase, speedCases } from "./cases.ts";
import { benchmarkImages, writePeerInputs } from "./inputs.ts";
import { isProfiled, notProfiled } from "./measure_profile.ts";
import { formatSpeedSchema, speedSchemaPath } from "./write_schema.ts";

Deno.test("every case names a model that there is, and has a name of its own", () => {
  assert.equal(new Set(speedCases.map(({ name }) => name)).size, speedCases.length);
  for (const { kind, model } of speedCases) {
    if (["training", "evaluation", "detector", "segmenter"].includes(kind)) students.get(model!);
    if (kind === "teacher") teachers.get(model!);
  }
});

Deno.test("isProfiled is said of the cases that train", () => {
  const profiled = speedCases.filter(isProfiled).map(({ kind }) => kind);
  assert.deepEqual([...new Set(profiled)], ["training", "detector", "segmenter"]);
  assert.match(
    notProfiled(getCase("pipeline-224")),
    /--profile pipeline-224: expected a training step \(training, segmenter, detector\), got pipeline/,
  );
});

Deno.test("chooseCases takes a glob and names what is near", () => {
  assert.deepEqual(chooseCases("resnet18-*").map(({ name }) => name), [
    "resnet18-224",
    "resnet18-224-replicas",
    "resnet18-64",
    "resnet18-64-replicas",
  ]);
  assert.throws(
    () => chooseCases("resnet18-225"),
    (error) => error instanceof ConfigError && /Did you mean resnet18-224/.test(error.message),
  );
});

Deno.test("both layouts hold the same images", () => {
  const speedCase = { ...getCase("resnet18-64"), batchSize: 3, imageSize: 5 };
  const nchw = benchmarkImages(speedCase, "nchw"), chwn = benchmarkImages(speedCase, "chwn");
  assert.deepEqual(nchw.shape, [3, 3, 5, 5]);
  assert.deepEqual(chwn.shape, [3, 5, 5, 3]);
  for (let image = 0; image < 3; image++) {
    for (let index = 0; index < 75; index++) {
      assert.equal(chwn.data[index * 3 + image], nchw.data[image * 75 + index]);
    }
  }
});

Deno.test("writePeerInputs holds weights, batch, banks and masks", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/case.safetensors`;
  try {
    await writePeerInputs({ ...getCase("efficientnet_b0-224"), batchSize: 2, imageSize: 32 }, path);
    const { tensors, metadata } = readSafetensors(await Deno.readFile(path), path);
    const shapeOf = (name: string) => tensors.get(name)?.shape;
    assert.deepEqual(shapeOf("features.0.0.weight"), [32, 3, 3, 3]);
    assert.deepEqual(shapeOf("features.0.1.running_var"), [32]);
    assert.deepEqual(shapeOf("classifier.1.2.weight"), [1024, 1280]);
    assert.deepEqual(shapeOf("input/images"), [2, 3, 32, 32]);
    assert.deepEqual(shapeOf("input/teacher"), [2, 1024]);
    assert.deepEqual(shapeOf("state/bank"), [1000, 1024]);
    assert.deepEqual(shapeOf("dropout/features.2.1.stochastic_depth"), [2, 1, 1, 1]);
    const settings = JSON.parse(metadata["settings"]!);
    assert.deepEqual([settings.headName, settings.weightDecay], ["classifier.1", 1e-4]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bench.schema.json is the schema of the code", async () => {
  const text = await readTextIfPresent(speedSchemaPath);
  assert.equal(text, formatSpeedSchema(), "run benchmarks/speed/write_schema.ts");
});

import assert from "node:assert/strict";
import { floatTensor, Session } from "../core/engine/session.ts";
import { studentOutput } from "../core/methods/distillation_step.ts";
import { buildStudentInference } from "../core/methods/student_inference.ts";
import { traceModel } from "../core/nn/module_context.ts";
import { students } from "./registry.ts";
import { resnet18 } from "./resnet18.ts";
import type { Student } from "./student.ts";
import {
  assertParity,
  assertRelative,
  readNames,
  readParityReference,
} from "./testdata/parity_check.ts";
import {
  backboneOf,
  parityImages,
  type ParityResult,
  paritySizes,
  parityStep,
} from "./testdata/parity_step.ts";

/** Which file of testdata holds a student's known answers. */
const fixtures: Readonly<Record<string, string>> = {
  resnet18: "pytorch_parity.jsonl",
  resnet34: "torchvision_names.jsonl",
  resnet50: "pytorch_parity_large.jsonl",
  mobilenet_v2: "pytorch_parity.jsonl",
  mobilenet_v3_large: "pytorch_parity_large.jsonl",
  efficientnet_b0: "pytorch_parity_large.jsonl",
  efficientnet_b1: "torchvision_names.jsonl",
};
const { batch, imageSize, dimension } = paritySizes;
const options = { imageSize, stem: "standard" } as const;

for (const student of students.names().map((name) => students.get(name))) {
  const fixture = fixtures[student.name]!;

  Deno.test(`${student.name} has the names and shapes of torchvision's state dict`, async () => {
    const names = await readNames(fixture, student.name);
    const { parameters, buffers } = traceModel({ layout: "nchw", mode: "train" }, (context) => {
      const images = context.graph.input("images", "uint8", [2, 3, imageSize, imageSize]);
      const backbone = backboneOf(student, options);
      studentOutput(context, backbone, images, { output: "logits", dimension: 1000 });
    });
    const ours = [...parameters, ...buffers].map(({ name, shape }) => [name, shape.join()]);
    // `num_batches_tracked` counts batches for BatchNorm without a momentum, which no model here has.
    const theirs = names.filter(([name]) => !name.endsWith(".num_batches_tracked"))
      .map(([name, shape]) => [name, shape.join()]);
    assert.deepEqual(ours.sort(), theirs.sort());
  });

  // These differ from a student that is compared in full by the number of their blocks alone.
  if (fixture === "torchvision_names.jsonl") continue;

  Deno.test(`${student.name} has PyTorch's loss, gradients and running statistics`, async () => {
    const reference = await readParityReference(fixture, student.name);
    for (const layout of ["nchw", "chwn"] as const) {
      const result = await parityStep(student, layout);
      assertParity(result, reference);
      if (layout === "chwn") await checkEvaluation(student, result, reference.embedding);
    }
  });
}

/** The inference graph with the statistics that the step left, against PyTorch's `eval()`. */
async function checkEvaluation(
  student: Student,
  { parameters, buffers }: ParityResult,
  expected: readonly number[],
): Promise<void> {
  const graph = buildStudentInference({
    batchSize: batch,
    imageSize,
    backbone: backboneOf(student, options),
    weights: new Map([...parameters, ...buffers]),
    head: { output: "embedding", dimension },
  });
  const session = await Session.create(graph);
  const { embedding } = await session.run({ images: parityImages(student, "chwn") });
  await session.release();
  const data = embedding!.data as Float32Array;
  assert.deepEqual(embedding, floatTensor(data, [batch, dimension]));
  expected.forEach((value, index) => {
    assert(Math.abs(data[index]! - value) < 1e-5, `element ${index}: ${data[index]}, not ${value}`);
  });
}

Deno.test("assertParity() refuses a gradient that is wrong in one of 36,864 elements", async () => {
  const reference = await readParityReference(fixtures["resnet18"]!, "resnet18");
  const result = await parityStep(resnet18, "chwn");
  const norm = reference.gradients.find(({ name }) => name === "layer1.0.conv1.weight")!.norm;
  result.gradients.get("layer1.0.conv1.weight")!.data[20_000]! += 0.06 * norm;
  assert.throws(() => assertParity(result, reference), /gradients differ.*layer1\.0\.conv1/);
  assert.throws(() => assertRelative(1.00002, 1, 1e-5, "loss"), /loss: 1.00002, expected 1/);
});

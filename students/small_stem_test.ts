import assert from "node:assert/strict";
import { Session } from "../core/engine/session.ts";
import { ConfigError } from "../core/errors.ts";
import { bindConstants, buildStudentInference } from "../core/methods/student_inference.ts";
import { imageBatchShape } from "../core/methods/distillation_step.ts";
import { normalizeImages } from "../core/nn/layers.ts";
import type { Layout } from "../core/nn/layout.ts";
import { ModuleContext, traceModel } from "../core/nn/module_context.ts";
import { initializeFlat, namedParts, type NamedTensors } from "../core/nn/parameters.ts";
import { Graph, sizeOf } from "../core/onnx/graph.ts";
import { RandomStream } from "../core/random.ts";
import { mobilenetV2 } from "./mobilenet_v2.ts";
import { resnet18 } from "./resnet18.ts";
import type { Student } from "./student.ts";
import { backboneOf, parityStep } from "./testdata/parity_step.ts";

const small = { stem: "small", widthMultiplier: 0.25 } as const;
const batch = 8, imageSize = 32;

function norm(values: ArrayLike<number>): number {
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += values[index]! ** 2;
  return Math.sqrt(squares);
}

function assertSame(a: Float32Array, b: Float32Array, share: number, what: string): void {
  const error = norm(a.map((value, index) => value - b[index]!)) / norm(b);
  assert(error <= share, `${what}: relative error ${error.toExponential(1)}`);
}

/** Random bytes, the same images in both layouts. */
function randomImages(layout: Layout): Uint8Array {
  const random = new RandomStream(1, "images");
  const values = 3 * imageSize ** 2;
  const data = new Uint8Array(batch * values);
  for (let index = 0; index < data.length; index++) {
    const image = Math.floor(index / values), place = index % values;
    data[layout === "nchw" ? index : place * batch + image] = random.integer(256);
  }
  return data;
}

/**
 * Pooled features in training form, and the weights with the running statistics set to those of
 * this very batch (population variance): with them evaluation must give the same features.
 */
async function trainedFeatures(student: Student, layout: Layout) {
  const options = { imageSize, ...small };
  const build = (context: ModuleContext) => {
    const shape = imageBatchShape(layout, batch, imageSize);
    const images = context.graph.input("images", "uint8", shape);
    const normalized = normalizeImages(context, images, student.preprocess);
    return student.build(context, normalized, options).pooled;
  };
  const spec = traceModel({ layout, mode: "train" }, (context) => void build(context));
  const parameters = namedParts(initializeFlat(spec.parameters, 2), spec.parameters);
  const zeros = spec.buffers.map(({ name, shape }) =>
    [name, { shape, data: new Float32Array(sizeOf(shape)) }] as const
  );
  const graph = new Graph(`${student.name}, training form`);
  const bind = bindConstants(graph, new Map([...parameters, ...zeros]));
  const context = new ModuleContext(graph, {
    layout,
    mode: "train",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  graph.output("features", build(context));
  for (const [name, value] of context.bufferUpdates) graph.output(`next/${name}`, value);
  const session = await Session.create(graph);
  const shape = imageBatchShape(layout, batch, imageSize);
  const images = { dtype: "uint8", shape, data: randomImages(layout) } as const;
  const outputs = await session.run({ images });
  await session.release();
  // Numbers per channel of each BatchNorm, by its name.
  const counts = new Map(
    graph.regions.filter(({ name }) => name.endsWith(" (BatchNorm)")).map(({ name, inputs }) => [
      name.replace(" (BatchNorm)", ""),
      sizeOf(inputs[0]!.shape) / inputs[0]!.shape[1]!,
    ]),
  );
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>(parameters);
  for (const { name, shape } of spec.buffers) {
    // From zero, running statistics take a tenth of the batch's, the variance times n / (n − 1).
    const count = counts.get(name.replace(/\.running_(mean|var)$/, ""))!;
    const factor = name.endsWith("_var") ? 10 * (count - 1) / count : 10;
    const data = (outputs[`next/${name}`]!.data as Float32Array).map((value) => value * factor);
    weights.set(name, { shape, data });
  }
  return { features: outputs["features"]!.data as Float32Array, weights };
}

/** Pooled features in evaluation form. */
async function evaluatedFeatures(student: Student, layout: Layout, weights: NamedTensors) {
  const graph = buildStudentInference({
    batchSize: batch,
    imageSize,
    backbone: backboneOf(student, { imageSize, ...small }),
    weights,
    layout,
  });
  const session = await Session.create(graph);
  const shape = imageBatchShape(layout, batch, imageSize);
  const { features } = await session.run({
    images: { dtype: "uint8", shape, data: randomImages(layout) },
  });
  await session.release();
  return features!.data as Float32Array;
}

for (const student of [resnet18, mobilenetV2]) {
  Deno.test(`${student.name} with the small stem steps alike in both layouts`, async () => {
    const nchw = await parityStep(student, "nchw", small);
    const chwn = await parityStep(student, "chwn", small);
    assert(Math.abs(chwn.loss / nchw.loss - 1) <= 1e-5, `loss ${chwn.loss}, not ${nchw.loss}`);
    assert.deepEqual([...chwn.gradients.keys()], [...nchw.gradients.keys()]);
    const flat = (tensors: NamedTensors) =>
      Float32Array.from([...tensors.values()].flatMap(({ data }) => [...data]));
    // Backward through 50 layers with a BatchNorm each, float32 leaves about 10⁻⁵ in either layout.
    assertSame(flat(chwn.gradients), flat(nchw.gradients), 3e-5, "gradients");
    for (const [name, { data }] of nchw.buffers) {
      assertSame(chwn.buffers.get(name)!.data, data, 1e-5, name);
    }
  });

  Deno.test(`${student.name} in evaluation is its training form with running statistics`, async () => {
    for (const layout of ["nchw", "chwn"] as const) {
      const { features, weights } = await trainedFeatures(student, layout);
      // A variance taken with n − 1 would be off by 10⁻³ and more.
      assertSame(await evaluatedFeatures(student, layout, weights), features, 5e-5, layout);
    }
  });
}

Deno.test("students take the small stem below 100 pixels and end on maps of 2 pixels at 32", () => {
  for (const student of [resnet18, mobilenetV2]) {
    const shapes = (size: number) => {
      const seen: string[] = [];
      traceModel({ layout: "nchw", mode: "eval" }, (context) => {
        const images = context.graph.input("images", "float32", [1, 3, size, size]);
        const maps = student.build(context, images, { imageSize: size });
        for (const map of [maps.c2, maps.c3, maps.c4, maps.c5]) seen.push(map.shape.join());
        seen.push(maps.pooled.shape.join());
      });
      return seen;
    };
    const [channels, pooled] = student === resnet18
      ? [[64, 128, 256, 512], 512]
      : [[24, 32, 96, 320], 1280];
    const expect = (sides: readonly number[]) => [
      ...channels.map((channel, stage) => `1,${channel},${sides[stage]},${sides[stage]}`),
      `1,${pooled}`,
    ];
    assert.deepEqual(shapes(32), expect([16, 8, 4, 2]), `${student.name} at 32`);
    assert.deepEqual(shapes(224), expect([56, 28, 14, 7]), `${student.name} at 224`);
  }
});

Deno.test("mobilenet_v2 narrows its last layer only where the stem is small, as torchvision does", () => {
  const pooled = (widthMultiplier: number, stem: "small" | "standard") => {
    let length: number | undefined;
    traceModel({ layout: "nchw", mode: "eval" }, (context) => {
      const images = context.graph.input("images", "float32", [1, 3, 64, 64]);
      const options = { imageSize: 64, widthMultiplier, stem };
      length = mobilenetV2.build(context, images, options).pooled.shape[1];
    });
    return length;
  };
  assert.equal(pooled(0.25, "standard"), 1280);
  assert.equal(pooled(1.5, "standard"), 1920);
  assert.equal(pooled(0.25, "small"), 320);
});

Deno.test("students refuse images that leave nothing to see", () => {
  for (const student of [resnet18, mobilenetV2]) {
    const build = (size: number, stem: "small" | "standard") =>
      traceModel({ layout: "nchw", mode: "eval" }, (context) => {
        const images = context.graph.input("images", "float32", [1, 3, size, size]);
        student.build(context, images, { imageSize: size, stem });
      });
    for (const [size, stem] of [[15, "small"], [31, "standard"], [0, "small"]] as const) {
      assert.throws(
        () => build(size, stem),
        (error) => error instanceof ConfigError && error.message.includes(`${size}×${size}`),
      );
    }
    build(16, "small");
    build(32, "standard");
  }
});

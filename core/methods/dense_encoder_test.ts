import assert from "node:assert/strict";
import { students } from "../../students/registry.ts";
import type { Student } from "../../students/student.ts";
import { Session } from "../engine/session.ts";
import { ConfigError } from "../errors.ts";
import { l2Normalize } from "../nn/l2_normalize.ts";
import { globalAveragePool } from "../nn/layers.ts";
import type { Layout } from "../nn/layout.ts";
import { ModuleContext } from "../nn/module_context.ts";
import { initializeFlat, namedParts, type NamedTensors } from "../nn/parameters.ts";
import { Graph } from "../onnx/graph.ts";
import { RandomStream } from "../random.ts";
import type { Backbone } from "./backbone.ts";
import { type DenseEncoder, type DenseOptions, studentDenseEncoder } from "./dense_encoder.ts";
import { bindConstants, buildStudentInference, studentSpecs } from "./student_inference.ts";

const head = { output: "embedding", dimension: 6 } as const;

function backboneOf({ build, ...student }: Student, imageSize: number): Backbone {
  const size = { imageSize, widthMultiplier: 0.125, stem: "small" } as const;
  return {
    ...student,
    features: (context, images, options) => build(context, images, { ...size, ...options }),
  };
}

function weightsOf(backbone: Backbone, imageSize: number): NamedTensors {
  const specs = studentSpecs({ imageSize, backbone, head });
  return namedParts(initializeFlat(specs, 5), specs);
}

function drawn(length: number): Uint8Array {
  const random = new RandomStream(2, "dense");
  return Uint8Array.from({ length }, () => random.integer(256));
}

/** Embeddings of the pixels of images, as unit vectors, and the size of their map. */
async function embed(
  encoder: DenseEncoder,
  shape: readonly number[],
  layout: Layout,
  options: DenseOptions = {},
) {
  const graph = new Graph("dense");
  const bind = bindConstants(graph, encoder.weights);
  const context = new ModuleContext(graph, {
    layout,
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const images = graph.input("images", "uint8", shape);
  const { rows, height, width } = encoder.embed(context, images, options);
  graph.output("rows", l2Normalize(graph, rows));
  const session = await Session.create(graph);
  const data = drawn(shape.reduce((size, length) => size * length));
  const outputs = await session.run({ images: { dtype: "uint8", shape, data } });
  await session.release();
  return { rows: outputs["rows"]!.data as Float32Array, height, width };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

for (const name of students.names()) {
  Deno.test(`${name}'s last map of one pixel has the embedding of the image`, async () => {
    const imageSize = 16, batchSize = 3;
    const backbone = backboneOf(students.get(name), imageSize);
    const weights = weightsOf(backbone, imageSize);
    const encoder = studentDenseEncoder(backbone, weights, head, name);
    const shape = [3, imageSize, imageSize, batchSize];
    const dense = await embed(encoder, shape, "chwn");
    assert.deepEqual([dense.height, dense.width], [1, 1]);
    const graph = buildStudentInference({ batchSize, imageSize, backbone, weights, head });
    const session = await Session.create(graph);
    const { embedding } = await session.run({
      images: { dtype: "uint8", shape, data: drawn(3 * batchSize * imageSize ** 2) },
    });
    await session.release();
    assert(largestDifference(dense.rows, embedding!.data as Float32Array) < 1e-5);
    const larger = await embed(encoder, [3, 32, 64, 1], "chwn");
    assert.deepEqual([larger.height, larger.width, larger.rows.length], [2, 4, 8 * 6]);
    const dilated = await embed(encoder, [1, 3, 32, 64], "nchw", { outputStride: 8 });
    assert.deepEqual([dilated.height, dilated.width], [4, 8]);
  });
}

Deno.test("the pixels of a map follow each other by row, column and image, alike in both layouts", async () => {
  const backbone = backboneOf(students.get("resnet18"), 32);
  const weights = weightsOf(backbone, 32);
  for (const layout of ["nchw", "chwn"] as const) {
    const graph = new Graph("rows");
    const bind = bindConstants(graph, weights);
    const context = new ModuleContext(graph, {
      layout,
      mode: "eval",
      bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
    });
    const shape = layout === "nchw" ? [2, 3, 32, 48] : [1, 3, 32, 48, 2];
    const images = graph.input("images", "float32", shape);
    const { c5, pooled } = backbone.features(context, images, { pooling: "none" });
    graph.output("map", c5);
    graph.output("rows", pooled);
    graph.output("mean", globalAveragePool(context, c5));
    const session = await Session.create(graph);
    const data = Float32Array.from(drawn(2 * 3 * 32 * 48), (value) => value / 100 - 1);
    const outputs = await session.run({ images: { dtype: "float32", shape, data } });
    await session.release();
    const floats = (name: string) => outputs[name]!.data as Float32Array;
    const channels = c5.shape[1]!, [height, width, batch] = [2, 3, 2];
    const expected = new Float32Array(channels * height * width * batch);
    const means = new Float32Array(batch * channels);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let image = 0; image < batch; image++) {
          for (let channel = 0; channel < channels; channel++) {
            const row = (y * width + x) * batch + image;
            const place = layout === "nchw"
              ? ((image * channels + channel) * height + y) * width + x
              : ((channel * height + y) * width + x) * batch + image;
            expected[row * channels + channel] = floats("map")[place]!;
            means[image * channels + channel]! += floats("map")[place]! / (height * width);
          }
        }
      }
    }
    assert.deepEqual(floats("rows"), expected);
    assert(largestDifference(floats("mean"), means) < 1e-5);
  }
});

Deno.test("studentDenseEncoder() refuses backbones that pool or stride whatever they are asked", async () => {
  const size = 32;
  const own = backboneOf(students.get("resnet18"), size);
  const refuse = (features: Backbone["features"], options: DenseOptions, message: RegExp) =>
    assert.rejects(
      embed(
        studentDenseEncoder({ ...own, features }, weightsOf(own, size), head, "mine"),
        [1, 3, size, size],
        "nchw",
        options,
      ),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  await refuse(
    (context, images) => own.features(context, images),
    {},
    /by mine: .* pools its last/,
  );
  await refuse(
    (context, images) => own.features(context, images, { pooling: "none" }),
    { outputStride: 8 },
    /has a stride of 16, since it takes no output stride, got 8/,
  );
});

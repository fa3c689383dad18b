import assert from "node:assert/strict";
import { gradients } from "../autodiff/gradients.ts";
import { floatTensor, Session } from "../engine/session.ts";
import { ConfigError, GraphError } from "../errors.ts";
import { ModuleContext } from "../nn/module_context.ts";
import { normalizedConvolution } from "../nn/normalized_convolution.ts";
import type { NamedTensors } from "../nn/parameters.ts";
import { add, mul, reduceMean, reduceSum, relu } from "../onnx/build.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { upsampleMap } from "../vision/upsample_map.ts";
import type { Backbone } from "./backbone.ts";
import { addGradCam, gradCam } from "./grad_cam.ts";
import { studentMappedEncoder } from "./mapped_encoder.ts";
import { bindConstants } from "./student_inference.ts";
import { assertNear } from "./testdata/method_step.ts";

interface KnownAnswer {
  readonly batch: number;
  readonly size: number;
  readonly dimension: number;
  readonly weights: Record<string, { shape: number[]; data: number[] }>;
  readonly images: number[];
  readonly texts: number[];
  readonly scores: number[];
  readonly gradient: number[];
  readonly alpha: number[];
  readonly maps: number[];
  readonly large: number[];
  readonly side: number;
}

const known: KnownAnswer = JSON.parse(
  await Deno.readTextFile(new URL("./testdata/grad_cam.json", import.meta.url)),
);
const { batch, size, dimension, side } = known;
const weights: NamedTensors = new Map(
  Object.entries(known.weights).map(([name, { shape, data }]) => [
    name,
    { shape, data: Float32Array.from(data) },
  ]),
);
const images = Uint8Array.from(known.images), texts = Float32Array.from(known.texts);

/** The network of make_grad_cam.py. */
function network(change: (graph: Graph, last: Value) => Value = (_, last) => last): Backbone {
  return {
    headName: "fc",
    headDropout: 0,
    preprocess: {
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
    },
    features(context, images) {
      const window = { kernel: 3, stride: 2, padding: 1 };
      const convolution = (place: number, x: Value, outChannels: number) =>
        relu(
          context.graph,
          normalizedConvolution(
            context,
            { convolution: `conv${place}`, normalization: `bn${place}` },
            x,
            { outChannels, ...window },
          ),
        );
      const first = convolution(1, images, 4);
      const last = change(context.graph, convolution(2, first, 6));
      const pooled = reduceMean(context.graph, last, [2, 3], false);
      return { c2: first, c3: first, c4: first, c5: last, pooled };
    },
  };
}

const head = { output: "embedding", dimension } as const;

/** Score, gradient, α and maps of the last map, with a change that is fed in. */
async function lookAtLastMap() {
  const graph = new Graph("known answer");
  const bind = bindConstants(graph, weights);
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind: (_, { name, shape, initializer }) => bind(name, shape, initializer),
  });
  const change = graph.input("change", "float32", [batch, 6, side, side]);
  const encoder = studentMappedEncoder(
    network((graph, last) => add(graph, last, change)),
    weights,
    head,
  );
  const { maps, embedding } = encoder.encode(
    context,
    graph.input("images", "uint8", [batch, 3, size, size]),
  );
  const text = graph.input("text", "float32", [batch, dimension]);
  const scores = reduceSum(graph, mul(graph, embedding, text), [1], false);
  const score = reduceSum(graph, scores, [0], false);
  const cam = addGradCam(graph, { activations: maps.c5, score });
  graph.output("scores", scores);
  graph.output("gradient", gradients(graph, score, [maps.c5])[0]!);
  graph.output("alpha", cam.weights);
  graph.output("maps", cam.maps);
  const session = await Session.create(graph);
  return {
    session,
    async run(change: Float32Array): Promise<Record<string, Float32Array>> {
      const outputs = await session.run({
        images: { dtype: "uint8", shape: [batch, 3, size, size], data: images },
        text: floatTensor(texts, [batch, dimension]),
        change: floatTensor(change, [batch, 6, side, side]),
      });
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
      );
    },
  };
}

Deno.test("addGradCam() gives PyTorch's gradients, weights and maps", async () => {
  const { session, run } = await lookAtLastMap();
  const { scores, gradient, alpha, maps } = await run(new Float32Array(batch * 6 * side * side));
  await session.release();
  assertNear(scores!, known.scores, 1e-5, "scores");
  assertNear(gradient!, known.gradient, 1e-5, "gradient");
  assertNear(alpha!, known.alpha, 1e-5, "alpha");
  assertNear(maps!, known.maps, 1e-5, "maps");
});

Deno.test("addGradCam() reads gradients that equal finite differences of the score", async () => {
  const { session, run } = await lookAtLastMap();
  const length = batch * 6 * side * side;
  const { gradient } = await run(new Float32Array(length));
  const step = 1e-2;
  for (let index = 0; index < length; index++) {
    const scoreAt = async (by: number) => {
      const change = new Float32Array(length);
      change[index] = by;
      return (await run(change))["scores"]!.reduce((sum, score) => sum + score, 0);
    };
    const slope = (await scoreAt(step) - await scoreAt(-step)) / (2 * step);
    assert(
      Math.abs(slope - gradient![index]!) < 1e-4,
      `${index}: ${slope} by differences, ${gradient![index]} by the graph`,
    );
  }
  await session.release();
});

Deno.test("gradCam() gives the maps of the layer that is asked for, each of its own image", async () => {
  const encoder = studentMappedEncoder(network(), weights, head);
  const options = { images, imageSize: size, texts, dimension };
  const found = await gradCam(encoder, { ...options, layer: "c5" });
  assert.deepEqual([found.layer, found.height, found.width], ["c5", side, side]);
  assertNear(found.maps, known.maps, 1e-5, "maps");
  assertNear(found.scores, known.scores, 1e-5, "scores");
  const own = await gradCam(encoder, {
    ...options,
    images: images.subarray(images.length / batch),
    texts: texts.subarray(dimension),
    layer: "c5",
  });
  assertNear(own.maps, known.maps.slice(side * side), 1e-5, "the second alone");
});

Deno.test('gradCam() with "auto" takes the last map of 4 × 4 pixels or more', async () => {
  const encoder = studentMappedEncoder(network(), weights, head);
  // The last map has 3 × 3 pixels, the ones before it 6 × 6.
  const found = await gradCam(encoder, { images, imageSize: size, texts, dimension });
  assert.deepEqual([found.layer, found.height], ["c4", 6]);
});

Deno.test("gradCam() refuses texts of another space, and what is no feature map", async () => {
  const encoder = studentMappedEncoder(network(), weights, head);
  const other = { images, imageSize: size, texts: new Float32Array(2 * 7), dimension: 7 };
  await assert.rejects(gradCam(encoder, other), (error) => {
    assert(error instanceof ConfigError);
    return /embeds images as 5 numbers, and the texts have 7/.test(error.message);
  });
  await assert.rejects(
    gradCam(encoder, { ...other, images: new Uint8Array(5) }),
    /expected images of 3 × 12 × 12 bytes with a text of 7 numbers each, got 5 bytes/,
  );
  const graph = new Graph("rows");
  const rows = graph.input("rows", "float32", [2, 3]);
  const score = reduceSum(graph, rows, [0, 1], false);
  assert.throws(
    () => addGradCam(graph, { activations: rows, score }),
    (error) =>
      error instanceof GraphError && /expected a feature map .* got \[2, 3\]/.test(error.message),
  );
});

Deno.test("upsampleMap() equals PyTorch's bilinear interpolation", () => {
  for (let image = 0; image < batch; image++) {
    const map = known.maps.slice(image * side * side, (image + 1) * side * side);
    const large = upsampleMap(map, { height: side, width: side }, { height: size, width: size });
    assertNear(
      large,
      known.large.slice(image * size * size, (image + 1) * size * size),
      1e-6,
      `${image}`,
    );
  }
});

Deno.test("upsampleMap() leaves a map of its own size as it is, and repeats a single number", () => {
  assert.deepEqual(
    [...upsampleMap([1, 2, 3, 4, 5, 6], { height: 2, width: 3 }, { height: 2, width: 3 })],
    [1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual(
    [...upsampleMap([7], { height: 1, width: 1 }, { height: 2, width: 2 })],
    [7, 7, 7, 7],
  );
});

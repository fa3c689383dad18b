import assert from "node:assert/strict";
import { ModuleContext } from "../../core/nn/module_context.ts";
import { Graph } from "../../core/onnx/graph.ts";
import type { MapDimensions } from "../../core/nn/resample.ts";
import { add, cast, reshape, scale } from "../../core/onnx/build.ts";
import { forEachHash, uniformByFormula } from "../../students/testdata/formula.ts";
import { graphPixelModel, outputPixels, type PixelOutput } from "./graph_pixel_model.ts";
import { PixelClassifier } from "./pixel_classifier.ts";
import { enlargeTurned, turnedLogits } from "./segmenter_graph.ts";

const height = 26, width = 37, classes = 5;

/** A line of test_time.jsonl. */
interface Case {
  readonly scales: readonly number[];
  readonly flip: boolean;
  readonly crop?: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly alignCorners: boolean;
  readonly classes: string;
}

const cases = (await Deno.readTextFile(new URL("testdata/test_time.jsonl", import.meta.url)))
  .trim().split("\n").map((line) => JSON.parse(line) as Case);

/** One convolution with stride 2, as `make_test_time.py` has it. */
function build(size: MapDimensions, alignCorners: boolean, output: PixelOutput): Graph {
  const graph = new Graph("one convolution");
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "eval",
    bind: () => assert.fail("it declares nothing"),
  });
  const images = graph.input("images", "uint8", [1, 3, size.height, size.width]);
  const kernel = [classes, 3, 3, 3];
  const weight = uniformByFormula("test time weight", kernel, -2, 2);
  const bias = uniformByFormula("test time bias", [classes], -1, 1);
  const map = graph.node("Conv", [
    scale(graph, cast(graph, images, "float32"), 1 / 255),
    graph.constant("float32", kernel, weight, "weight"),
  ], { strides: [2, 2], pads: [1, 1, 1, 1] });
  const logits = add(graph, map, graph.constant("float32", [1, classes, 1, 1], bias, "bias"));
  const turned = turnedLogits(context, logits);
  const [rows, columns] = turned.shape as [number, number];
  outputPixels(graph, {
    map: reshape(graph, turned, [rows, columns, classes]),
    enlarge: () => enlargeTurned(graph, turned, size, { alignCorners }),
  }, output);
  return graph;
}

const sizeOf = ([height, width]: readonly [number, number]) => ({ height, width });

for (const { scales, flip, crop, stride, alignCorners, classes: expected } of cases) {
  const title = [
    crop ? `windows of ${crop.join(" × ")}` : "whole images",
    `at ${scales.join(", ")}`,
    ...(flip ? ["mirrored too"] : []),
    ...(alignCorners ? ["corners aligned"] : []),
  ].join(", ");
  Deno.test(`PixelClassifier gives mmsegmentation's classes: ${title}`, async () => {
    const pixels = new Uint8Array(3 * height * width);
    forEachHash("test time image", pixels.length, (hash, at) => pixels[at] = hash >>> 24);
    const classifier = new PixelClassifier(
      graphPixelModel({
        classes,
        alignCorners,
        build: (size, output) => build(size, alignCorners, output),
      }),
      {
        scales,
        flip,
        ...(crop && stride ? { slide: { crop: sizeOf(crop), stride: sizeOf(stride) } } : {}),
      },
    );
    try {
      assert.equal((await classifier.segment({ height, width, pixels })).join(""), expected);
    } finally {
      await classifier.release();
    }
  });
}

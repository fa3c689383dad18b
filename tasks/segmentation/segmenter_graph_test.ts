import assert from "node:assert/strict";
import { floatTensor, Session } from "../../core/engine/session.ts";
import { ConfigError } from "../../core/errors.ts";
import { featureShape } from "../../core/nn/layout.ts";
import { type ModelSpec, traceModel } from "../../core/nn/module_context.ts";
import { Graph } from "../../core/onnx/graph.ts";
import { clipNormalization } from "../../students/student.ts";
import { pixelLogits, segmentationLoss, segmenterLogits } from "./segmenter_graph.ts";
import type { SegmenterSpec } from "./spec.ts";
import { smallBackbone } from "./testdata/small_backbone.ts";

const spec: SegmenterSpec = {
  backbone: smallBackbone("standard"),
  preprocess: clipNormalization,
  head: "fcn",
  classes: 3,
  dilation: { outputStride: 16 },
};

function trace(spec: SegmenterSpec, mode: "train" | "eval" = "train"): ModelSpec {
  return traceModel({ layout: "chwn", mode }, (context) => {
    segmenterLogits(context, context.graph.input("images", "uint8", [2, 3, 48, 32]), spec);
  });
}

for (const layout of ["nchw", "chwn"] as const) {
  Deno.test(`pixelLogits() in ${layout} has a row for each pixel: row, column, image`, async () => {
    const graph = new Graph("rows");
    const [batch, channels, height, width] = [2, 3, 2, 4];
    const shape = featureShape(layout, { batch, channels, height, width });
    const map = graph.input("map", "float32", shape);
    graph.output(
      "rows",
      pixelLogits({ graph, layout }, map, { height, width }, { alignCorners: true }),
    );
    const data = Float32Array.from({ length: 48 }, (_, index) => index);
    const session = await Session.create(graph);
    const { rows } = await session.run({ map: floatTensor(data, shape) });
    await session.release();
    const expected: number[] = [];
    for (let pixel = 0; pixel < height * width; pixel++) {
      for (let image = 0; image < batch; image++) {
        for (let channel = 0; channel < channels; channel++) {
          expected.push(
            layout === "nchw"
              ? (image * channels + channel) * height * width + pixel
              : (channel * height * width + pixel) * batch + image,
          );
        }
      }
    }
    assert.deepEqual(rows, floatTensor(Float32Array.from(expected), [16, 3]));
  });
}

Deno.test("segmenterLogits() has an auxiliary head in training alone, and a mask for each dropout", () => {
  const names = ({ parameters }: ModelSpec) =>
    parameters.map(({ name }) => name).filter((name) => !name.startsWith("backbone."));
  const main = ["0.weight", "1.weight", "1.bias", "4.weight", "4.bias"].map((name) =>
    `classifier.${name}`
  );
  const auxiliary = main.map((name) => name.replace("classifier.", "aux_classifier."));
  const training = trace({ ...spec, auxiliary: "c4" });
  assert.deepEqual(names(training), [...main, ...auxiliary]);
  assert.deepEqual(
    training.dropouts,
    [["classifier.3", 16], ["aux_classifier.3", 8]].map(([name, channels]) => ({
      name,
      shape: [1, channels, 1, 1, 2],
      probability: 0.1,
    })),
  );
  const inference = trace({ ...spec, auxiliary: "c4" }, "eval");
  assert.deepEqual(names(inference), main);
  assert.deepEqual(inference.dropouts, []);
});

Deno.test("segmentationLoss() has the loss of each head as a part", () => {
  const partsOf = (spec: SegmenterSpec) => {
    let parts: string[] = [];
    traceModel({ layout: "chwn", mode: "train" }, (context) => {
      const { graph } = context;
      const images = graph.input("images", "uint8", [2, 3, 48, 32]);
      const labels = graph.input("labels", "uint8", [2, 48, 32]);
      const outputs = segmentationLoss(context, { images, labels }, spec);
      parts = Object.keys(outputs.parts);
      assert.deepEqual(outputs.loss.shape, []);
    });
    return parts;
  };
  assert.deepEqual(partsOf(spec), ["segmentation"]);
  assert.deepEqual(partsOf({ ...spec, auxiliary: "c3" }), ["segmentation", "auxiliary"]);
});

Deno.test("segmenterLogits() refuses what cannot be built", () => {
  const refuse = (changes: Partial<SegmenterSpec>, message: RegExp) =>
    assert.throws(() => trace({ ...spec, ...changes }), (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, message);
      return true;
    });
  refuse({ classes: 0 }, /classes: expected a whole number from 1, got 0/);
  refuse({ classes: 256 }, /classes: expected at most 255, .* got 256/);
  refuse({ head: "deeplab_v3", rates: [6, 0.5] }, /rates: expected a whole number from 1, got 0.5/);
  refuse({ dropout: 1 }, /dropout: expected a number from 0 and below 1, got 1/);
  const { backbone } = spec;
  const rigid = {
    ...backbone,
    features: (...[context, images]: Parameters<typeof backbone.features>) =>
      backbone.features(context, images),
  };
  refuse({ backbone: rigid }, /last map has a stride of \d+, since it takes no output stride/);
});

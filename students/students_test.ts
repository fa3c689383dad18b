import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
import { studentOutput } from "../core/methods/distillation_step.ts";
import { featureShape, type Layout } from "../core/nn/layout.ts";
import { ModuleContext, totalSize, traceModel } from "../core/nn/module_context.ts";
import { Graph } from "../core/onnx/graph.ts";
import { students } from "./registry.ts";
import type { StudentFeatures, StudentOptions } from "./student.ts";
import { backboneOf, parityStep } from "./testdata/parity_step.ts";

interface BuildOptions extends StudentOptions {
  readonly layout?: Layout;
  readonly batch?: number;
  readonly mode?: "train" | "eval";
}

function build(
  name: string,
  { layout = "nchw", batch = 2, mode = "eval", ...options }: BuildOptions,
): { features: StudentFeatures; context: ModuleContext } {
  const graph = new Graph(name);
  const context = new ModuleContext(graph, {
    layout,
    mode,
    bind: (_, { name, shape }) => graph.input(name, "float32", shape),
  });
  const { imageSize } = options;
  const shape = featureShape(layout, { batch, channels: 3, height: imageSize, width: imageSize });
  const images = graph.input("images", "float32", shape);
  return { features: students.get(name).build(context, images, options), context };
}

/** Number of trained numbers with a linear head. */
function parameterCount(name: string, classes: number, options: Partial<StudentOptions> = {}) {
  const spec = traceModel({ layout: "nchw", mode: "train" }, (context) => {
    const images = context.graph.input("images", "uint8", [2, 3, 64, 64]);
    const backbone = backboneOf(students.get(name), {
      imageSize: 64,
      stem: "standard",
      ...options,
    });
    studentOutput(context, backbone, images, { output: "logits", dimension: classes });
  });
  return totalSize(spec.parameters);
}

Deno.test("students have as many parameters as torchvision's models with 1000 classes", () => {
  const counts = students.names().map((name) => [name, parameterCount(name, 1000)]);
  assert.deepEqual(Object.fromEntries(counts), {
    resnet18: 11_689_512,
    resnet34: 21_797_672,
    resnet50: 25_557_032,
    mobilenet_v2: 3_504_872,
    mobilenet_v3_large: 5_483_032,
    efficientnet_b0: 5_288_548,
    efficientnet_b1: 7_794_184,
  });
});

Deno.test("students of other widths round channels as torchvision does", () => {
  const count = (name: string, widthMultiplier: number) =>
    parameterCount(name, 1000, { widthMultiplier });
  assert.equal(count("mobilenet_v3_large", 0.5), 1_734_576);
  assert.equal(count("mobilenet_v3_large", 0.75), 3_377_576);
  assert.equal(count("efficientnet_b0", 0.5), 1_712_522);
});

/** Channels of C2 to C5, and length of the pooled features. */
const featureChannels: Readonly<Record<string, readonly number[]>> = {
  resnet18: [64, 128, 256, 512, 512],
  resnet34: [64, 128, 256, 512, 512],
  resnet50: [256, 512, 1024, 2048, 2048],
  mobilenet_v2: [24, 32, 96, 320, 1280],
  mobilenet_v3_large: [24, 40, 112, 160, 1280],
  efficientnet_b0: [24, 40, 112, 320, 1280],
  efficientnet_b1: [24, 40, 112, 320, 1280],
};

for (const name of students.names()) {
  Deno.test(`${name} gives feature maps of strides 4 to 32 and pooled features`, () => {
    const [c2, c3, c4, c5, pooled] = featureChannels[name]!;
    const maps = [c2, c3, c4, c5];
    for (const layout of ["nchw", "chwn"] as const) {
      const { features } = build(name, { layout, imageSize: 96, stem: "standard" });
      [features.c2, features.c3, features.c4, features.c5].forEach(({ shape }, index) => {
        const side = 96 / 2 ** (index + 2);
        const channels = maps[index]!;
        assert.deepEqual(
          shape,
          featureShape(layout, { batch: 2, channels, height: side, width: side }),
        );
      });
      assert.deepEqual(features.pooled.shape, [2, pooled]);
    }
  });

  Deno.test(`${name} with the small stem brings 32 pixels to 2`, () => {
    const { features } = build(name, { imageSize: 32 });
    assert.deepEqual(features.c5.shape.slice(2), [2, 2]);
    assert.deepEqual(features.pooled.shape, [2, featureChannels[name]![4]]);
  });

  Deno.test(`${name} says why it cannot be built`, () => {
    const failure = (message: RegExp) => (error: unknown) =>
      error instanceof ConfigError && message.test(error.message);
    const size = (imageSize: number, stem?: "standard" | "small") => () =>
      build(name, { imageSize, ...(stem ? { stem } : {}) });
    assert.throws(size(15), failure(new RegExp(`${name} for 15×15 images: the smallest is 16`)));
    assert.throws(size(31, "standard"), failure(/31×31 images: the smallest is 32 pixels/));
    assert.throws(size(64.5), failure(/64\.5×64\.5/));
    for (const widthMultiplier of [0, -1, NaN, Infinity]) {
      assert.throws(
        () => build(name, { imageSize: 64, widthMultiplier }),
        failure(new RegExp(`${name} with width multiplier ${widthMultiplier}: expected a number`)),
      );
    }
    assert.throws(
      () => build(name, { imageSize: 16, batch: 1, mode: "train" }),
      failure(/Cannot train BatchNorm ".+" on a batch of 1: its map has 1×1 pixels/),
    );
    build(name, { imageSize: 16, batch: 1, mode: "eval" });
    build(name, { imageSize: 16, batch: 2, mode: "train" });
    assert.throws(
      () => parameterCount(name, 0),
      failure(/with 0 outputs: a classifier needs at least one class/),
    );
  });
}

for (const name of ["resnet50", "mobilenet_v3_large", "efficientnet_b0"]) {
  Deno.test(`${name}, small and narrow, has the same step in both layouts`, async () => {
    const student = students.get(name);
    const options = { stem: "small", widthMultiplier: 0.25 } as const;
    const nchw = await parityStep(student, "nchw", options);
    const chwn = await parityStep(student, "chwn", options);
    assert(Math.abs(nchw.loss / chwn.loss - 1) < 1e-5, `${nchw.loss} and ${chwn.loss}`);
    let product = 0, square = 0, otherSquare = 0;
    for (const [parameter, { data }] of nchw.gradients) {
      const other = chwn.gradients.get(parameter)!.data;
      data.forEach((value, index) => {
        product += value * other[index]!;
        square += value * value;
        otherSquare += other[index]! ** 2;
      });
    }
    const cosine = product / Math.sqrt(square * otherSquare);
    assert(square > 0 && cosine > 0.9999, `cosine of the gradients is ${cosine}`);
  });
}

Deno.test("EfficientNet-B0 leaves branches out as often as torchvision's", () => {
  for (const layout of ["nchw", "chwn"] as const) {
    const { context } = build("efficientnet_b0", {
      layout,
      imageSize: 64,
      batch: 3,
      mode: "train",
    });
    const masks = context.spec.dropouts.map(({ name, probability, shape }) => {
      assert.deepEqual(shape, layout === "nchw" ? [3, 1, 1, 1] : [1, 1, 1, 1, 3]);
      return `${name} ${Number(probability.toFixed(6))}`;
    });
    // `stochastic_depth.p` of the blocks with a shortcut, printed by torchvision 0.15.2.
    assert.deepEqual(masks, [
      "features.2.1.stochastic_depth 0.025",
      "features.3.1.stochastic_depth 0.05",
      "features.4.1.stochastic_depth 0.075",
      "features.4.2.stochastic_depth 0.0875",
      "features.5.1.stochastic_depth 0.1125",
      "features.5.2.stochastic_depth 0.125",
      "features.6.1.stochastic_depth 0.15",
      "features.6.2.stochastic_depth 0.1625",
      "features.6.3.stochastic_depth 0.175",
    ]);
    assert.deepEqual(build("efficientnet_b0", { layout, imageSize: 64 }).context.spec.dropouts, []);
  }
});

import assert from "node:assert/strict";
import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import { ConfigError } from "../../core/errors.ts";
import type { DenseEncoder } from "../../core/methods/dense_encoder.ts";
import { pixelRows } from "../../core/nn/layers.ts";
import { cast } from "../../core/onnx/build.ts";
import { runTask } from "../run_task.ts";
import { stripesDataset } from "../segmentation/testdata/stripes.ts";
import { type MeasuredModel, resolveTaskSettings, type TaskContext } from "../task.ts";
import { denseZeroShot } from "./dense_zero_shot.ts";

/** Every pixel's own colour as its embedding. */
const colours: DenseEncoder = {
  weights: new Map(),
  embed(context, images) {
    const [, , height, width] = images.shape as [number, number, number, number];
    return { rows: pixelRows(context, cast(context.graph, images, "float32")), height, width };
  },
};

const axes = ["red", "green", "blue"];

/** Texts point along the axis of the colour that they name, any other along all of them. */
function encodeText(texts: readonly string[]): Promise<Float32Array> {
  return Promise.resolve(Float32Array.from(texts.flatMap((text) => {
    const named = axes.map((axis) => text.includes(axis) ? 2 : 0);
    return named.some((value) => value > 0) ? named : [1, 1, 1];
  })));
}

const model: MeasuredModel = {
  name: "colours",
  imageSize: 8,
  featureLength: 3,
  features: () => Promise.reject(new Error("not used")),
  embeddings: () => Promise.reject(new Error("not used")),
  dense: colours,
  encodeText,
};

async function run(
  given: Record<string, unknown> = {},
  other: Partial<MeasuredModel> = {},
  damaged: readonly number[] = [],
) {
  const warnings: string[] = [];
  const counted: unknown[] = [];
  const dataset = stripesDataset(6, damaged);
  const context = {
    key: "colours",
    model: { ...model, ...other },
    dataset,
    settings: resolveTaskSettings(denseZeroShot, given, "the test"),
    splits: ["val"],
    views: 1,
    seed: 0,
    threads: 1,
    folder: "not used",
    loadViews: () => Promise.reject(new Error("it reads images")),
    keepFile: () => Promise.resolve(),
    countImages: (_: string, used: unknown) => Promise.resolve(void counted.push(used)),
    progress: () => {},
    warn: (message: string) => void warnings.push(message),
  } satisfies Omit<TaskContext<SegmentationAnnotation>, "fit"> & { key: string };
  const evidence = (await runTask(denseZeroShot, context))["val"]!;
  const weights = new Float64Array(evidence.sampleIds.length).fill(1);
  return { value: denseZeroShot.metrics[0]!.value(evidence, weights), evidence, warnings, counted };
}

function refuse(work: Promise<unknown>, message: RegExp): Promise<void> {
  return assert.rejects(work, (error) => {
    assert(error instanceof ConfigError, `${error}`);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("denseZeroShot gives each pixel the class whose text is nearest", async () => {
  const { value, evidence, warnings, counted } = await run();
  assert.equal(value, 100);
  assert.deepEqual(evidence.sampleIds, ["0", "1", "2", "3", "4", "5"]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(counted, [{ used: 6, skipped: [], hash: "stripes" }]);
  const slide = {
    inference: {
      mode: "slide",
      crop: { height: 8, width: 8 },
      stride: { height: 6, width: 6 },
      scales: [1, 2],
      flip: true,
    },
  };
  assert.equal((await run(slide)).value, 100);
});

Deno.test("denseZeroShot takes other names for the classes, in their order", async () => {
  assert.equal((await run({ names: ["a red one", "green", "deep blue"] })).value, 100);
  // Red stripes are called green, green ones red: only blue is right.
  const swapped = await run({ names: ["green", "red", "blue"], templates: "name" });
  assert.equal(swapped.value.toFixed(3), (100 / 3).toFixed(3));
  await refuse(
    run({ names: ["red", "green"] }),
    /names: expected 3 names.*red, green, blue.*got 2/,
  );
  const names = ["red", "green", "blue"];
  assert.deepEqual(denseZeroShot.classNames(stripesDataset(1)), names);
  const settings = resolveTaskSettings(denseZeroShot, { names: [...names].reverse() }, "the test");
  assert.deepEqual(denseZeroShot.classNames(stripesDataset(1), settings), [...names].reverse());
});

Deno.test("denseZeroShot tells of classes that the texts do not tell apart", async () => {
  const { warnings } = await run({ names: ["red", "wall", "fence"], templates: "name" });
  assert.match(
    warnings.join(),
    /makes the same of "wall" and "fence": no pixel can be of the second/,
  );
});

Deno.test("denseZeroShot refuses models without a distillation head, and other spaces", async () => {
  const { dense: _, encodeText: __, ...supervised } = model;
  const needs = /with colours: it has no embeddings of single pixels in the space of a teacher/;
  await refuse(run({}, { dense: undefined } as never), needs);
  await refuse(
    runTask(denseZeroShot, {
      model: supervised,
      dataset: stripesDataset(1),
      settings: resolveTaskSettings(denseZeroShot, {}, "the test"),
    } as never),
    /in the space of a teacher and no text encoder/,
  );
  const encodeText = (texts: readonly string[]) =>
    Promise.resolve(Float32Array.from(texts.flatMap((_, at) => [1, at])));
  await refuse(run({}, { encodeText }), /colours: its embeddings have 3 numbers.*the texts 2:/);
});

Deno.test("denseZeroShot leaves damaged images out and counts them", async () => {
  const { evidence, counted } = await run({}, {}, [2]);
  assert.deepEqual(evidence.sampleIds, ["0", "1", "3", "4", "5"]);
  assert.deepEqual(counted, [{
    used: 5,
    skipped: [{ path: "2", reason: "2 is cut off", stage: "decoding" }],
    hash: "stripes",
  }]);
});

Deno.test("denseZeroShot plans its images, their looks and no training", async () => {
  const settings = resolveTaskSettings(denseZeroShot, {
    testImages: 4,
    inference: { scales: [1, 2], flip: true },
  }, "the test");
  const cost = await denseZeroShot.cost({
    dataset: { ...stripesDataset(6), imageSize: () => ({ width: 16, height: 12 }) },
    settings,
    splits: ["val"],
    views: 1,
    model: { imageSize: 8, featureLength: 3, macs: 10 },
  });
  assert.deepEqual(cost, { images: 4, steps: 0, macs: 4 * 3 * 10 * 10 });
});

import assert from "node:assert/strict";
import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import type { Dataset } from "../../core/data/dataset.ts";
import { ConfigError } from "../../core/errors.ts";
import { parseFigures } from "../../core/results/figures.ts";
import { fit } from "../../core/train/fit.ts";
import { segmentationMetrics } from "../../core/vision/evaluation/mod.ts";
import type { TaskContext } from "../task.ts";
import { measureSplits } from "./measure_split.ts";
import { Segmenter } from "./segmenter.ts";
import { inferenceOf, segmenterSpecOf } from "./segmenter_options.ts";
import { segmentationSettings } from "./settings.ts";
import {
  stripeBatches,
  stripeClasses,
  stripesBackbone,
  stripesDataset,
  stripeSize,
} from "./testdata/stripes.ts";
import { trainSegmenter } from "./train_segmenter.ts";

const batchSize = 4;

const settings = segmentationSettings.parse({
  head: { name: "deeplab_v3", channels: 8, rates: [1, 2], normalization: "student", dropout: 0 },
  images: { crop: stripeSize },
  training: { batchSize, steps: 60, learningRate: 0.1, average: "labelled" },
});

const context: Pick<TaskContext, "fit"> = {
  fit: (_, options) => fit({ ...options, seed: 3 }),
};

/** Measures on a data set; also gives what was counted and kept. */
async function measure(
  segmenter: Pick<Segmenter, "segment">,
  data: Dataset<SegmentationAnnotation>,
) {
  const counted: unknown[] = [];
  const kept: string[] = [];
  const { val: evidence } = await measureSplits(
    {
      dataset: data,
      settings,
      splits: ["val"],
      progress: () => {},
      countImages: (_, used) => Promise.resolve(void counted.push(used)),
      keepFile: (name, content) =>
        Promise.resolve(
          void kept.push(`${name}: ${parseFigures(`${content}`, name).figures.length}`),
        ),
    },
    segmenter,
  );
  return { evidence: evidence!, counted, kept };
}

Deno.test("trainSegmenter() learns to tell colours apart, and measureSplits() says so", async () => {
  const spec = segmenterSpecOf(stripesBackbone.architecture, settings, stripeClasses);
  const weights = await trainSegmenter(
    context,
    settings,
    spec,
    stripesBackbone.weights,
    stripeBatches,
  );
  const segmenter = new Segmenter(spec, weights, { inference: inferenceOf(settings) });
  const { evidence, counted, kept } = await measure(segmenter, stripesDataset(6));
  await segmenter.release();
  assert.deepEqual(kept, ["figures.json: 3"]);
  const meanIou = segmentationMetrics.find(({ key }) => key === "meanIou")!;
  const value = meanIou.value(evidence, new Float64Array(6).fill(1));
  assert(value > 80, `mIoU ${value}`);
  assert.deepEqual(counted, [{ used: 6, skipped: [], hash: "stripes" }]);
});

Deno.test("trainSegmenter() leaves a student as it is where the factor of its learning rate is 0", async () => {
  const frozen = segmentationSettings.parse({
    ...settings,
    head: { ...settings.head, batchNorm: "frozen" },
    training: { ...settings.training, backboneFactor: 0, steps: 2 },
  });
  const spec = segmenterSpecOf(stripesBackbone.architecture, frozen, stripeClasses);
  const weights = await trainSegmenter(
    context,
    frozen,
    spec,
    stripesBackbone.weights,
    stripeBatches,
  );
  for (const [name, { data }] of stripesBackbone.weights) {
    assert.deepEqual(weights.get(`backbone.${name}`)!.data, data, name);
  }
});

Deno.test("trainSegmenter() takes batches without any label, and classes that are nowhere", async () => {
  for (const average of ["labelled", "all"] as const) {
    const own = segmentationSettings.parse({
      ...settings,
      training: { ...settings.training, average, steps: 2 },
    });
    // One class more than there are stripes.
    const spec = segmenterSpecOf(stripesBackbone.architecture, own, stripeClasses + 1);
    const weights = await trainSegmenter(context, own, spec, stripesBackbone.weights, {
      ...stripeBatches,
      async batch(step) {
        const { images, labels } = await stripeBatches.batch(step);
        return { images, labels: step === 0 ? labels.fill(255) : labels };
      },
    });
    for (const [name, { data }] of weights) {
      assert((data as Float32Array).every(Number.isFinite), `${average}: ${name}`);
    }
  }
});

Deno.test("trainSegmenter() refuses other class weights than one for each class", async () => {
  const { training } = settings;
  const wrong = { ...settings, training: { ...training, classWeights: [1, 2] } };
  const spec = segmenterSpecOf(stripesBackbone.architecture, wrong, stripeClasses);
  await assert.rejects(
    trainSegmenter(context, wrong, spec, stripesBackbone.weights, stripeBatches),
    (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, /training.classWeights: expected 3 numbers, .* got 2/);
      return true;
    },
  );
});

Deno.test("measureSplits() leaves damaged images out, up to the budget", async () => {
  const black = {
    segment: () => Promise.resolve(new Uint8Array(stripeSize.height * stripeSize.width)),
  };
  const { evidence, counted } = await measure(black, stripesDataset(4, [2]));
  assert.deepEqual(evidence.sampleIds, ["0", "1", "3"]);
  const skipped = [{ path: "2", reason: "2 is cut off", stage: "decoding" }];
  assert.deepEqual(counted, [{ used: 3, skipped, hash: "stripes" }]);
  await assert.rejects(
    measure(black, stripesDataset(4, [0, 2])),
    /2 or more of 4 images .* allowed are 1/,
  );
});

Deno.test("measureSplits() has no value for classes that are nowhere, and images without any label", async () => {
  const data = stripesDataset(3);
  const black = {
    segment: () => Promise.resolve(new Uint8Array(stripeSize.height * stripeSize.width)),
  };
  const { evidence } = await measure(black, {
    ...data,
    classNames: [...data.classNames, "absent"],
    async annotation(split, index) {
      const truth = await data.annotation(split, index);
      return index === 1 ? { ...truth, map: truth.map.slice().fill(255) } : truth;
    },
  });
  assert.deepEqual(evidence.sampleIds, ["0", "1", "2"]);
  assert.ok(!evidence.tables["classes"]!.sample.includes(1));
  const values = segmentationMetrics.map(({ value }) =>
    value(evidence, new Float64Array(3).fill(1))
  );
  assert.ok(values.every((value) => value > 0 && value < 100), `${values}`);
  // A third is right of one class of three: the fourth is nowhere and does not count.
  assert.ok(Math.abs(values[0]! - 100 / 9) < 1, `${values[0]}`);
});

Deno.test("segmentationSettings refuse windows farther apart than their size", () => {
  const inference = {
    mode: "slide",
    crop: { height: 10, width: 10 },
    stride: { height: 11, width: 5 },
  };
  const { error } = segmentationSettings.safeParse({ inference });
  assert.match(error!.issues[0]!.message, /at most the size of the windows/);
});

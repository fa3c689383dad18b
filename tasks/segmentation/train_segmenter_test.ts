import assert from "node:assert/strict";
import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import type { RgbImage } from "../../core/data/augmentation/image_memory.ts";
import type { Dataset } from "../../core/data/dataset.ts";
import { SampleList } from "../../core/data/sample_list.ts";
import { ConfigError, DataError } from "../../core/errors.ts";
import { RandomStream } from "../../core/random.ts";
import { fit } from "../../core/train/fit.ts";
import { segmentationMetrics } from "../../core/vision/evaluation/mod.ts";
import type { TaskContext } from "../task.ts";
import { colourToy } from "../testdata/toy_student.ts";
import { measureSplit } from "./measure_split.ts";
import { Segmenter } from "./segmenter.ts";
import { inferenceOf, segmenterSpecOf } from "./segmenter_options.ts";
import { segmentationSettings } from "./settings.ts";
import { type LabelledCropBatches, trainSegmenter } from "./train_segmenter.ts";

const backbone = colourToy({}).model!.backbone!;
const classes = 3, height = 12, width = 16, batchSize = 4;

/** Three stripes of red, green and blue in a drawn order, with noise; one column is not judged. */
function stripes(seed: number): { image: RgbImage; map: Uint8Array } {
  const random = new RandomStream(seed, "stripes");
  const colours = random.permutation(classes);
  const pixels = new Uint8Array(3 * height * width), map = new Uint8Array(height * width);
  for (let place = 0; place < map.length; place++) {
    const label = colours[Math.floor(place % width * classes / width)]!;
    for (let channel = 0; channel < 3; channel++) {
      pixels[3 * place + channel] = (channel === label ? 160 : 60) + random.integer(50);
    }
    map[place] = place % width === 0 ? 255 : label;
  }
  return { image: { height, width, pixels }, map };
}

const batches: LabelledCropBatches = {
  stepsPerEpoch: 10,
  batch(step) {
    const size = height * width;
    const images = new Uint8Array(batchSize * 3 * size), labels = new Uint8Array(batchSize * size);
    for (let place = 0; place < batchSize; place++) {
      const { image, map } = stripes(step * batchSize + place);
      labels.set(map, place * size);
      image.pixels.forEach((value, index) => {
        images[(place * 3 + index % 3) * size + Math.floor(index / 3)] = value;
      });
    }
    return Promise.resolve({ images, labels });
  },
  release: () => Promise.resolve(),
};

const settings = segmentationSettings.parse({
  head: { name: "deeplab_v3", channels: 8, rates: [1, 2], normalization: "student", dropout: 0 },
  images: { crop: { height, width } },
  training: { batchSize, steps: 60, learningRate: 0.1, average: "labelled" },
});

const context: Pick<TaskContext, "fit"> = {
  fit: (_, options) => fit({ ...options, seed: 3 }),
};

/** A data set of such images; those of some numbers are damaged. */
function dataset(count: number, damaged: readonly number[] = []): Dataset<SegmentationAnnotation> {
  return {
    name: "stripes",
    title: "Stripes",
    credits: [],
    annotationKind: "segmentation",
    classNames: ["red", "green", "blue"],
    splits: [{ name: "val", title: "val", role: "test" }],
    samples: () =>
      Promise.resolve(
        SampleList.from(
          Array.from({ length: count }, (_, index) => ({ id: `${index}`, label: 0 })),
        ),
      ),
    annotation: (_, index) =>
      Promise.resolve({ kind: "segmentation", height, width, map: stripes(1000 + index).map }),
    decode: (_, index) =>
      damaged.includes(index)
        ? Promise.reject(new DataError(`${index} is cut off`))
        : Promise.resolve(stripes(1000 + index).image),
    fingerprint: () => Promise.resolve("stripes"),
    skipped: () => [],
  };
}

/** Measures on a data set; also gives what was counted. */
async function measure(
  segmenter: Pick<Segmenter, "segment">,
  data: Dataset<SegmentationAnnotation>,
) {
  const counted: unknown[] = [];
  const evidence = await measureSplit(
    {
      dataset: data,
      settings,
      progress: () => {},
      countImages: (_, used) => Promise.resolve(void counted.push(used)),
    },
    segmenter,
    "val",
  );
  return { evidence, counted };
}

Deno.test("trainSegmenter() learns to tell colours apart, and measureSplit() says so", async () => {
  const spec = segmenterSpecOf(backbone.architecture, settings, classes);
  const weights = await trainSegmenter(context, settings, spec, backbone.weights, batches);
  const segmenter = new Segmenter(spec, weights, { inference: inferenceOf(settings) });
  const { evidence, counted } = await measure(segmenter, dataset(6));
  await segmenter.release();
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
  const spec = segmenterSpecOf(backbone.architecture, frozen, classes);
  const weights = await trainSegmenter(context, frozen, spec, backbone.weights, batches);
  for (const [name, { data }] of backbone.weights) {
    assert.deepEqual(weights.get(`backbone.${name}`)!.data, data, name);
  }
});

Deno.test("trainSegmenter() refuses other class weights than one for each class", async () => {
  const { training } = settings;
  const wrong = { ...settings, training: { ...training, classWeights: [1, 2] } };
  const spec = segmenterSpecOf(backbone.architecture, wrong, classes);
  await assert.rejects(
    trainSegmenter(context, wrong, spec, backbone.weights, batches),
    (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, /training.classWeights: expected 3 numbers, .* got 2/);
      return true;
    },
  );
});

Deno.test("measureSplit() leaves damaged images out, up to the budget", async () => {
  const black = { segment: () => Promise.resolve(new Uint8Array(height * width)) };
  const { evidence, counted } = await measure(black, dataset(4, [2]));
  assert.deepEqual(evidence.sampleIds, ["0", "1", "3"]);
  const skipped = [{ path: "2", reason: "2 is cut off", stage: "decoding" }];
  assert.deepEqual(counted, [{ used: 3, skipped, hash: "stripes" }]);
  await assert.rejects(
    measure(black, dataset(4, [0, 2])),
    /2 or more of 4 images .* allowed are 1/,
  );
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

import assert from "node:assert/strict";
import { join } from "node:path";
import { channelBlock } from "../../../core/engine/channel_block.ts";
import { ConfigError } from "../../../core/errors.ts";
import { adamW } from "../../../core/optim/optimizer.ts";
import { fit } from "../../../core/train/fit.ts";
import { traceTrainingGraph } from "../../../core/train/training_graph.ts";
import type { DetectionBatch } from "../../../core/vision/detection_batch.ts";
import { mobilenetV2 } from "../../../students/mobilenet_v2.ts";
import { resnet18 } from "../../../students/resnet18.ts";
import { imagenetNormalization, type Student } from "../../../students/student.ts";
import { backboneOf } from "../../../students/testdata/parity_step.ts";
import { readReference } from "../testdata/torchvision_reference.ts";
import { buildDetectorStep, type DetectorStepOptions } from "./detector_step.ts";
import { openDetector } from "./detector.ts";
import { detectorSpecs } from "./detector_graphs.ts";
import { drawnTargets } from "./drawn_targets.ts";
import { detectionFeeds, readFeeds } from "./feeds.ts";
import { detectorGroups } from "./parameter_roles.ts";
import type { DetectorSpec } from "./spec.ts";
import { buildTrunkStage, trunkGraphOptions } from "./trunk_stage.ts";

const reference = await readReference(
  new URL("../testdata/mask_rcnn.safetensors", import.meta.url),
);

/** A narrow detector on a student with a small stem. */
function specOf(student: Student, others: Partial<DetectorSpec> = {}): DetectorSpec {
  return {
    backbone: backboneOf(student, { imageSize: 32, widthMultiplier: 0.125 }),
    preprocess: imagenetNormalization,
    levels: ["c3", "c4", "c5"],
    poolLevel: true,
    classes: 5,
    channels: 8,
    anchors: { sizes: [[8], [16], [32], [64]], aspectRatios: [0.5, 1, 2] },
    boxHead: { hidden: 16 },
    maskHead: { channels: 8, convolutions: 1 },
    batchNorm: { statistics: "frozen", trainAffine: true },
    ...others,
  };
}

const pooling = { samplingRatio: 2, aligned: false, canonicalSize: 64 };
const proposals = { candidates: 60, kept: 30, suppressionIou: 0.7 };
const options: DetectorStepOptions = {
  optimizer: adamW({ weightDecay: 1e-4 }),
  targets: drawnTargets({
    anchors: { positiveIou: 0.7, negativeIou: 0.3, samples: 32, positiveShare: 0.5 },
    proposals,
    regions: { positiveIou: 0.5, samples: 16, positiveShare: 0.25 },
  }),
  anchors: { samples: 32, positives: 16 },
  pooling,
  smoothL1Beta: 1 / 9,
  largest: { batch: 2, height: 64, width: 96 },
  chunks: { box: 16, mask: 8 },
};

/** A batch without its objects. */
function emptied(batch: DetectionBatch): DetectionBatch {
  const none = {
    boxes: new Float32Array(0),
    labels: new Uint32Array(0),
    crowd: new Uint8Array(0),
    ids: [],
    mask: () => new Uint8Array(0),
  };
  return { ...batch, truth: batch.truth.map(() => none) };
}

const training = {
  steps: 20,
  schedule: () => 2e-3,
  seed: 1,
  clipNorm: 1,
};

const batchesOf = (batch: DetectionBatch) => ({
  stepsPerEpoch: 1,
  batch: () => [detectionFeeds(batch)],
});

Deno.test("fit() trains a detector, and resumes to the same bits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const step = buildDetectorStep(specOf(resnet18), {
      ...options,
      channelBlock: await channelBlock(),
    });
    const batches = batchesOf(reference.batch);
    const whole = await fit({ step, batches, ...training });
    const { loss, parts } = whole.curve;
    assert.deepEqual(Object.keys(parts), ["objectness", "rpn_box", "classifier", "box", "mask"]);
    assert(loss.at(-1)! < 0.8 * loss[0]!, `the loss went from ${loss[0]} to ${loss.at(-1)}`);

    const checkpoint = { path: join(folder, "checkpoint"), key: "detector", everyMilliseconds: 0 };
    const stopping = {
      ...batches,
      batch(step: number) {
        if (step === 13) throw new Error("stop");
        return batches.batch();
      },
    };
    await assert.rejects(fit({ step, batches: stopping, checkpoint, ...training }), /stop/);
    const resumed = await fit({ step, batches, checkpoint, ...training });
    assert.equal(resumed.resumedFrom, 10);
    for (const [name, { data }] of whole.weights) {
      assert.deepEqual(resumed.weights.get(name)!.data, data, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fit() trains a detector on MobileNetV2's levels with BatchNorm of the batch, in two shapes", async () => {
  const spec = specOf(mobilenetV2, { batchNorm: { statistics: "batch", trainAffine: true } });
  const step = buildDetectorStep(spec, { ...options, memoryBytes: 1 });
  const small = {
    ...emptied(reference.batch),
    images: new Uint8Array(2 * 3 * 64 * 64),
    width: 64,
    sizes: [{ height: 64, width: 64 }, { height: 33, width: 1 }],
  };
  const { weights, curve } = await fit({
    step,
    batches: {
      stepsPerEpoch: 2,
      // The second has no object at all.
      batch: (index) => [detectionFeeds(index % 2 === 0 ? reference.batch : small)],
    },
    ...training,
    steps: 4,
  });
  assert(curve.loss.every(Number.isFinite));
  const moved = weights.get("backbone.body.features.0.1.running_mean")!.data;
  assert(moved.some((value) => value !== 0), "running statistics move");
  const specs = detectorSpecs(spec);
  assert.deepEqual([...weights.keys()].sort(), specs.map(({ name }) => name).sort());
  const detector = openDetector(spec, weights, {
    inference: {
      proposals,
      pooling,
      detections: { scoreThreshold: 0.05, suppressionIou: 0.5, most: 7 },
    },
    memoryBytes: 1,
    classAgnostic: true,
  });
  const found = await detector.detect({ ...small, sampleIndices: Int32Array.of(3, -1) });
  assert(found[0]!.scores.length > 0 && found[0]!.scores.length <= 7);
  assert.equal(found[0]!.masks!.length, found[0]!.scores.length);
  const { boxes, masks, classAgnostic } = found[0]!;
  assert(classAgnostic!.scores.length > 0 && classAgnostic!.scores.length <= 7);
  assert.equal(classAgnostic!.masks!.length, classAgnostic!.scores.length);
  // Where both have a box it has one mask.
  const shared = classAgnostic!.masks!.filter((mask) => masks!.includes(mask));
  const keys = new Set(
    Array.from({ length: masks!.length }, (_, at) => `${boxes.slice(4 * at, 4 * at + 4)}`),
  );
  const own = Array.from(
    classAgnostic!.scores,
    (_, at) => `${classAgnostic!.boxes.slice(4 * at, 4 * at + 4)}`,
  );
  assert.equal(shared.length, own.filter((key) => keys.has(key)).length);
  assert.equal(found[1]!.scores.length, 0, "an empty place has no detections");
  assert.equal(found[1]!.classAgnostic!.scores.length, 0);
  await detector.release();
});

Deno.test("buildDetectorStep() has no backward work for frozen stages", () => {
  const { spec } = reference;
  const groups = detectorGroups(spec);
  const trunk = {
    batch: 2,
    height: 64,
    width: 96,
    layout: "nchw",
    samples: 64,
    positives: 32,
  } as const;
  const build = (spec: DetectorSpec) =>
    buildTrunkStage(spec, { ...trunk, groups: detectorGroups(spec), smoothL1Beta: 0 });
  const frozen = build(spec);
  const trained = build({ ...spec, frozen: () => false });
  const names = frozen.late.outputs.map(({ name }) => name);
  assert(names.includes("gradient/backbone.body.layer2.0.conv1.weight"));
  assert(!names.some((name) => /body\.(conv1|bn1|layer1)\b/.test(name)), names.join(" "));
  // The late graph does not know the frozen stages: it reads nothing of theirs.
  const inputs = frozen.late.inputs.map(({ name }) => name);
  assert(!inputs.some((name) => /body\.(conv1|bn1|layer1)\b/.test(name)), inputs.join(" "));
  assert(!inputs.includes("images"));
  assert(trained.late.nodes.length > frozen.late.nodes.length + 10);
  // Frozen BatchNorm is not trained; all the rest is.
  const { parameters } = traceTrainingGraph(
    trunkGraphOptions(spec, { ...trunk, groups, smoothL1Beta: 0 }),
  );
  for (const { name, frozen } of parameters) {
    const expected = /body\.(conv1|bn1|layer1)\b|\.bn\d\.|downsample\.1\./.test(name);
    assert.equal(frozen ?? false, expected, name);
  }
});

Deno.test("detectionFeeds() are read back, masks when they are asked for", () => {
  const drawn: number[] = [];
  const batch = {
    ...reference.batch,
    truth: reference.batch.truth.map((truth) => ({
      ...truth,
      mask(object: number) {
        drawn.push(object);
        return truth.mask(object);
      },
    })),
  };
  const read = readFeeds({ ...detectionFeeds(batch) });
  assert.deepEqual(drawn, []);
  assert.deepEqual([read.batch, read.height, read.width], [2, 64, 96]);
  assert.deepEqual(read.sizes, batch.sizes);
  assert.deepEqual(read.truth[1]!.labels, batch.truth[1]!.labels);
  assert.deepEqual(read.truth[1]!.boxes, batch.truth[1]!.boxes);
  assert.deepEqual(read.truth[1]!.mask(2), reference.batch.truth[1]!.mask(2));
  assert.deepEqual(drawn, [2]);
  assert.throws(() => readFeeds({}), /no feed "images"/);
});

Deno.test("buildDetectorStep() refuses detectors that cannot be built, and says why", () => {
  const refuse = (others: Partial<DetectorSpec>, message: RegExp) =>
    assert.throws(
      () => buildDetectorStep(specOf(resnet18, others), options),
      (error) => error instanceof ConfigError && message.test(error.message),
      String(message),
    );
  refuse({ levels: [] }, /levels: expected some of c2, c3, c4, c5 in this order, got none/);
  refuse({ levels: ["c4", "c3"] }, /in this order, got c4, c3/);
  refuse({
    levels: ["c2", "c4"],
    poolLevel: false,
    anchors: { sizes: [[8], [16]], aspectRatios: [1] },
  }, /c4 has stride \d+ after stride \d+ of c2/);
  refuse({ classes: 0 }, /classes: expected a whole number from 1, got 0/);
  refuse({ poolLevel: false }, /expected sizes for 3 levels \(c3, c4, c5\), got 4/);
  refuse({ anchors: { sizes: [[8], [16], [32], [64, 2]], aspectRatios: [1] } }, /as many sizes/);
  refuse({ anchors: { sizes: [[8], [16], [32], [64]], aspectRatios: [] } }, /one aspect ratio/);
});

import assert from "node:assert/strict";
import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import { DataError } from "../../core/errors.ts";
import { readSafetensors } from "../../core/nn/safetensors.ts";
import { fit } from "../../core/train/fit.ts";
import type { TaskContext } from "../task.ts";
import { decodeSegmenterMetadata, segmenterFileName } from "./segmenter_metadata.ts";
import { type CropOptions, segmentationTask } from "./segmentation.ts";
import { segmentationSettings } from "./settings.ts";
import { stripeBatches, stripesBackbone, stripesDataset } from "./testdata/stripes.ts";

const settings = segmentationSettings.parse({
  head: { name: "fcn", normalization: "student", auxiliary: null },
  images: { crop: { height: 12, width: 16 }, scales: [1, 1] },
  training: { batchSize: 4, steps: 3 },
});

/** Runs the task; tells what it asked for and kept. */
async function run() {
  const files = new Map<string, Uint8Array>();
  const counted: [string, unknown][] = [];
  const options: CropOptions[] = [];
  const task = segmentationTask((_dataset, split, asked) => {
    assert.equal(split, "train");
    options.push(asked);
    return Promise.resolve({ ...stripeBatches, skipped: [], hash: "crops" });
  });
  const context = {
    model: { name: "toy", imageSize: 8, featureLength: 8, backbone: stripesBackbone },
    dataset: stripesDataset(3),
    settings,
    splits: ["val"],
    seed: 7,
    threads: 1,
    fit: (_: string, options: Parameters<TaskContext["fit"]>[1]) => fit({ ...options, seed: 7 }),
    keepFile: (name: string, content: Uint8Array) => Promise.resolve(void files.set(name, content)),
    countImages: (split: string, used: unknown) =>
      Promise.resolve(void counted.push([split, used])),
    progress: () => {},
  } as unknown as TaskContext<SegmentationAnnotation, typeof settings>;
  return { task, evidence: await task.run(context), files, counted, options };
}

Deno.test("segmentationTask() trains, measures, counts its images and keeps the segmenter", async () => {
  const { task, evidence, files, counted, options } = await run();
  assert.deepEqual(evidence["val"]!.sampleIds, ["0", "1", "2"]);
  const [meanIou] = task.metrics;
  assert.equal(meanIou!.key, "meanIou");
  assert(Number.isFinite(meanIou!.value(evidence["val"]!, new Float64Array(3).fill(1))));
  assert.deepEqual(counted, [
    ["train", { used: 3, skipped: [], hash: "crops" }],
    ["val", { used: 3, skipped: [], hash: "stripes" }],
  ]);
  assert.deepEqual(options, [{
    batchSize: 4,
    seed: 7,
    crop: { height: 12, width: 16 },
    scales: [1, 1],
    maximumClassShare: 0.75,
    mirrorProbability: 0.5,
    photometric: true,
    // The student's mean, which is its normalisation here.
    padding: [128, 128, 128],
  }]);
  const file = readSafetensors(files.get(segmenterFileName)!, segmenterFileName);
  const said = decodeSegmenterMetadata(segmenterFileName, file.tensors, file.metadata);
  assert.deepEqual(said, {
    student: "toy",
    imageSize: 8,
    widthMultiplier: 1,
    stem: "small",
    settings,
    data: "stripes",
    classNames: ["red", "green", "blue"],
    seed: 7,
    steps: 3,
  });
  assert.deepEqual(file.tensors.get("classifier.4.weight")!.shape, [3, 2, 1, 1]);
});

Deno.test("decodeSegmenterMetadata() refuses other files, and those that were changed", async () => {
  const { files } = await run();
  const { tensors, metadata } = readSafetensors(files.get(segmenterFileName)!, segmenterFileName);
  const refuse = (changed: Readonly<Record<string, string>>, message: RegExp) =>
    assert.throws(() => decodeSegmenterMetadata("a.safetensors", tensors, changed), (error) => {
      assert(error instanceof DataError);
      assert.match(error.message, message);
      return true;
    });
  refuse({ ...metadata, kind: "detector" }, /a\.safetensors: it is no segmenter; train one with/);
  refuse({ ...metadata, segmenter: "{}" }, /its checksum is wrong/);
  refuse({ kind: "segmenter" }, /it has no checksum/);
});

Deno.test("segmentationTask() tells what it costs by the area of its crops", async () => {
  const task = segmentationTask(() => Promise.reject(new Error("not opened")));
  const cost = await task.cost({
    dataset: stripesDataset(5),
    settings: { ...settings, testImages: 2 },
    splits: ["val"],
    views: 1,
    model: { imageSize: 8, featureLength: 8, macs: 10 },
  });
  assert.deepEqual(cost, { images: 2, steps: 3, macs: 4 * (2 + 3 * 3 * 4) * 3 * 10 });
});

import assert from "node:assert/strict";
import { SampleList } from "../../core/data/sample_list.ts";
import type { MemoryViewSet } from "../../core/data/views/view_set.ts";
import { type BatchSource, fit } from "../../core/train/fit.ts";
import type { TaskContext } from "../task.ts";
import { classes, colourToy } from "../testdata/toy_student.ts";
import { fineTune } from "./fine_tune.ts";
import { semiSupervisedSettings } from "./settings.ts";

const backbone = colourToy({}).model!.backbone!;
const side = backbone.imageSize;

/** Views whose bytes are all their index. */
const views: MemoryViewSet = {
  samples: SampleList.from(
    Array.from({ length: 24 }, (_, index) => ({ id: `${index}`, label: index % classes })),
  ),
  viewsPerSample: 1,
  imageSize: side,
  pixels: Uint8Array.from(
    { length: 24 * 3 * side ** 2 },
    (_, at) => Math.floor(at / (3 * side ** 2)),
  ),
  hash: "",
  skipped: [],
};
const labels = views.samples.ids().map((_, index) => index % classes);

/** What a fine-tuning on some views reads; it takes no step. */
async function batchesOf(rows: Uint32Array, batchSize: number): Promise<BatchSource> {
  let batches: BatchSource | undefined;
  const context: Pick<TaskContext, "seed" | "fit"> = {
    seed: 5,
    fit(_, options) {
      batches = options.batches;
      return fit({ ...options, steps: 0, seed: 5 });
    },
  };
  const { fineTuning } = semiSupervisedSettings.parse({ fineTuning: { batchSize } });
  await fineTune(context, backbone, fineTuning, { views, labels, rows, classes });
  return batches!;
}

/** Which views are in a batch. */
async function viewsOf(batches: BatchSource, step: number): Promise<number[]> {
  const [feeds] = await batches.batch(step);
  const batchSize = feeds!["labels"]!.shape[0]!;
  const shown = [...(feeds!["images"]!.data as Uint8Array).subarray(0, batchSize)];
  assert.deepEqual([...feeds!["labels"]!.data], shown.map((view) => BigInt(labels[view]!)));
  return shown;
}

Deno.test("fineTune() shows every labelled view once an epoch, in an order of its own for each", async () => {
  const rows = Uint32Array.from({ length: 12 }, (_, index) => 2 * index + 1);
  const batches = await batchesOf(rows, 4);
  assert.equal(batches.stepsPerEpoch, 3);
  const epochs: number[][] = [];
  for (const epoch of [0, 1, 2]) {
    const shown: number[] = [];
    for (const place of [0, 1, 2]) shown.push(...await viewsOf(batches, 3 * epoch + place));
    assert.deepEqual([...shown].sort((a, b) => a - b), [...rows]);
    epochs.push(shown);
  }
  assert.equal(new Set(epochs.map(String)).size, 3);
  // A resumed training asks for a step in the middle first.
  assert.deepEqual(await viewsOf(await batchesOf(rows, 4), 4), epochs[1]!.slice(4, 8));
});

Deno.test("fineTune() takes a single labelled view twice", async () => {
  const batches = await batchesOf(Uint32Array.of(7), 4);
  for (const step of [0, 1]) assert.deepEqual(await viewsOf(batches, step), [7, 7]);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import type { InstancesAnnotation } from "../../data/annotation.ts";
import { getDataset } from "../../data/registry.ts";
import {
  withCocoFolder,
  writeAnnotations,
  writeImages,
} from "../../data/readers/coco/testdata/coco_folder.ts";
import type { DetectionBatch } from "../detection_batch.ts";
import { openTestBatches } from "./test_batches.ts";
import { openDetectionBatches } from "./training_batches.ts";

/** Every box is finite, within its image and not empty; every mask has bytes 0 and 1. */
function assertSound({ truth, sizes, images, height, width, sampleIndices }: DetectionBatch): void {
  assert.equal(images.length, sampleIndices.length * 3 * height * width);
  truth.forEach(({ boxes, labels, mask }, place) => {
    const size = sizes[place]!;
    assert.ok(size.height <= height && size.width <= width);
    for (let object = 0; object < labels.length; object++) {
      const [x0, y0, x1, y1] = boxes.subarray(4 * object, 4 * object + 4);
      assert.ok(x0! >= 0 && y0! >= 0 && x1! > x0! && y1! > y0!);
      assert.ok(x1! <= size.width && y1! <= size.height);
      const pixels = mask(object);
      assert.equal(pixels.length, size.height * size.width);
      assert.ok(pixels.every((value) => value === 0 || value === 1));
    }
  });
}

Deno.test("batches of a COCO folder are sound, whatever is on its images", async () => {
  await withCocoFolder(async (folder, file) => {
    // An image smaller than a stride, and one that shows a thousand objects, some beyond its border.
    const more = [
      { id: 1, file_name: "tiny.jpg", width: 3, height: 2 },
      { id: 2, file_name: "full.jpg", width: 320, height: 200 },
      { id: 3, file_name: "damaged.jpg", width: 30, height: 20 },
    ];
    await writeImages(join(folder, "val2017"), more, ({ file_name }) => file_name!);
    await Deno.writeFile(join(folder, "val2017/damaged.jpg"), Uint8Array.of(0xff, 0xd8, 0xff));
    const box = (id: number, image: number, [x, y, width, height]: readonly number[]) => ({
      id,
      image_id: image,
      category_id: 18,
      iscrowd: 0,
      bbox: [x, y, width, height],
      segmentation: [[x, y, x! + width!, y, x! + width!, y! + height!, x, y! + height!]],
    });
    const objects = Array.from(
      { length: 1000 },
      (_, id) => box(1e6 + id, 2, [id * 37 % 330 - 10, id * 13 % 200 - 5, 20, 1 + id % 9]),
    );
    await writeAnnotations(folder, {
      ...file,
      images: [...file.images, ...more],
      annotations: [
        ...file.annotations,
        box(1, 1, [0, 0, 2, 1]),
        box(2, 3, [0, 0, 9, 9]),
        ...objects,
      ],
    });
    const dataset = await getDataset<InstancesAnnotation>(`coco:${folder}`);
    const shape = { longSide: 133, aspectRatios: [], workers: 1, maximumDamaged: 1 };
    const training = await openDetectionBatches(dataset, "val2017", {
      ...shape,
      shortSides: [64, 80],
      batchSize: 3,
      seed: 1,
    });
    const seen = new Set<number>();
    for (let step = 0; step < 2 * training.stepsPerEpoch; step++) {
      const batch = await training.batch(step);
      assertSound(batch);
      batch.sampleIndices.forEach((sample) => seen.add(sample));
    }
    await training.release();
    assert.equal(seen.size, 6);
    const tests = await openTestBatches(dataset, "val2017", {
      ...shape,
      shortSide: 80,
      batchSize: 2,
    });
    let count = 0;
    for await (const batch of tests) {
      assertSound(batch);
      count += batch.sampleIndices.filter((sample) => sample >= 0).length;
    }
    assert.equal(count, 6);
    assert.deepEqual(
      tests.skipped.filter(({ stage }) => stage === "decoding").map(({ path }) => path),
      ["val2017/damaged.jpg"],
    );
  });
});

import assert from "node:assert/strict";
import { encodeViews } from "./embed_views.ts";
import { countingViews, viewAt } from "./testdata/counting_views.ts";

const batchSize = 4;

Deno.test("encodeViews() puts every view in its row and cuts what filled up the last batch", async () => {
  const views = countingViews(5, 2);
  const batches: number[][] = [];
  const progress: [number, number][] = [];
  const { code, twice } = await encodeViews(views, {
    batchSize,
    encode(images) {
      assert.equal(images.length, batchSize * 3 * 2 * 2);
      const indices = Array.from({ length: batchSize }, (_, place) => viewAt(images, place));
      batches.push(indices);
      return Promise.resolve({
        code: Float32Array.from(indices),
        twice: Float32Array.from(indices.flatMap((index) => [index, 2 * index])),
      });
    },
    onProgress: (done, total) => progress.push([done, total]),
  });
  assert.deepEqual(batches, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 9, 9]]);
  assert.deepEqual([...code], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(twice.length, 20);
  assert.deepEqual([...twice.subarray(16)], [8, 16, 9, 18]);
  assert.deepEqual(progress, [[4, 10], [8, 10], [10, 10]]);
});

Deno.test("encodeViews() hands over bytes as [3, H, W, B]", async () => {
  const views = countingViews(2, 2);
  await encodeViews(views, {
    batchSize,
    encode(images) {
      for (let place = 0; place < batchSize; place++) {
        for (let pixel = 0; pixel < 4; pixel++) {
          for (let channel = 0; channel < 3; channel++) {
            assert.equal(
              images[(channel * 4 + pixel) * batchSize + place],
              views.pixels[(place * 4 + pixel) * 3 + channel],
            );
          }
        }
      }
      return Promise.resolve({ code: new Float32Array(batchSize) });
    },
  });
});

Deno.test("encodeViews() fills one batch where there are fewer views", async () => {
  const { code } = await encodeViews(countingViews(1, 1), {
    batchSize,
    encode: (images) =>
      Promise.resolve({
        code: Float32Array.from({ length: batchSize }, (_, place) => viewAt(images, place) + 7),
      }),
  });
  assert.deepEqual([...code], [7]);
});

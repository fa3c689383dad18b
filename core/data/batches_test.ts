import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { epochOrder, fillBatch } from "./batches.ts";
import { SampleList } from "./sample_list.ts";
import type { MemoryViewSet } from "./views/view_set.ts";

const views: MemoryViewSet = {
  samples: SampleList.from([
    { id: "a", label: 0 },
    { id: "b", label: 1 },
    { id: "c", label: 0 },
  ]),
  viewsPerSample: 2,
  imageSize: 5,
  pixels: Uint8Array.from({ length: 6 * 75 }, (_, index) => (index * 31 + (index >> 5)) % 256),
  hash: "",
  skipped: [],
};

Deno.test("epochOrder is a permutation cut to whole batches, another one each epoch", () => {
  const options = { count: 103, batchSize: 10, seed: 5, epoch: 0 };
  const order = epochOrder(options);
  assert.equal(order.length, 100);
  assert.equal(new Set(order).size, 100);
  assert.ok(order.every((index) => index < 103));
  assert.deepEqual(epochOrder(options), order);
  assert.notDeepEqual(epochOrder({ ...options, epoch: 1 }), order);
  assert.notDeepEqual(epochOrder({ ...options, seed: 6 }), order);
});

Deno.test("epochOrder refuses a batch larger than the set", () => {
  assert.throws(
    () => epochOrder({ count: 9, batchSize: 10, seed: 0, epoch: 0 }),
    (error) =>
      error instanceof ConfigError &&
      /9 views, fewer than the batch size of 10/.test(error.message),
  );
});

Deno.test("fillBatch writes both layouts", () => {
  const indices = Uint32Array.of(4, 0, 5, 4);
  for (const output of [new Uint8Array(4 * 75), new Float32Array(4 * 75)]) {
    for (const layout of ["nchw", "chwn"] as const) {
      fillBatch(views, indices, output, layout);
      for (let b = 0; b < 4; b++) {
        for (let c = 0; c < 3; c++) {
          for (let p = 0; p < 25; p++) {
            const at = layout === "nchw" ? (b * 3 + c) * 25 + p : (c * 25 + p) * 4 + b;
            assert.equal(output[at], views.pixels[indices[b]! * 75 + p * 3 + c]);
          }
        }
      }
    }
  }
});

Deno.test("fillBatch refuses an index or an output that does not fit", () => {
  assert.throws(() => fillBatch(views, [6], new Uint8Array(75), "nchw"), /view 6 is not in 0 to 5/);
  assert.throws(() => fillBatch(views, [0, 1], new Uint8Array(149), "nchw"), /expected 150/);
});

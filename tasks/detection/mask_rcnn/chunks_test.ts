import assert from "node:assert/strict";
import { chunksOf, usualChunks } from "./chunks.ts";

Deno.test("chunksOf() covers every box once, with a handful of sizes", () => {
  const sizes = new Set<number>();
  for (let count = 0; count < 300; count++) {
    let next = 0;
    for (const { begin, end, rows } of chunksOf(count, 64)) {
      assert.equal(begin, next);
      assert(end > begin && end - begin <= rows, `${begin} to ${end} in ${rows} rows`);
      next = end;
      sizes.add(rows);
    }
    assert.equal(next, count);
  }
  assert.deepEqual([...sizes].sort((a, b) => a - b), [8, 16, 32, 64]);
});

Deno.test("chunksOf() takes the smallest run that holds the rest", () => {
  assert.deepEqual(chunksOf(64 + 17, 64), [
    { begin: 0, end: 64, rows: 64 },
    { begin: 64, end: 81, rows: 32 },
  ]);
  assert.deepEqual(chunksOf(3, 6), [{ begin: 0, end: 3, rows: 3 }]);
  assert.deepEqual(chunksOf(0, 64), []);
});

Deno.test("usualChunks() are smaller where features are wide", () => {
  const chunks = (channels: number) =>
    usualChunks({ channels, maskHead: { channels, convolutions: 4 } });
  assert.deepEqual(chunks(32), { box: 1024, mask: 64 });
  assert.deepEqual(chunks(256), { box: 512, mask: 32 });
});

import assert from "node:assert/strict";
import { findTooLong, medianLength } from "./file_lengths.ts";

const file = (path: string, lines: number) => ({ path, text: "//\n".repeat(lines) });

Deno.test("medianLength leaves tests out", () => {
  const files = [file("a.ts", 10), file("b.ts", 30), file("c.ts", 20), file("c_test.ts", 900)];
  assert.equal(medianLength(files), 20);
  assert.equal(medianLength([]), 0);
});

Deno.test("findTooLong names source files of more than 500 lines", () => {
  const files = [file("a.ts", 500), file("b.ts", 501), file("b_test.ts", 600)];
  assert.deepEqual(findTooLong(files), [
    "b.ts: 501 lines, at most 500 expected: split it by subject",
  ]);
});

import assert from "node:assert/strict";
import { csvField } from "./csv.ts";

Deno.test("csvField() quotes what it must, and disarms what a spreadsheet would run", () => {
  assert.deepEqual(
    ["plain", 'a "b", c', "two\nlines", "=1+1", "-x", -1.5, true, null].map(csvField),
    ["plain", '"a ""b"", c"', '"two\nlines"', "'=1+1", "'-x", "-1.5", "true", ""],
  );
});

import assert from "node:assert/strict";
import { readSourceFiles } from "../source_files.ts";
import { literalMark, maskCode } from "./mask_code.ts";

Deno.test("maskCode tells a regular expression from a division", () => {
  const shown = (text: string): string => maskCode(text).replaceAll(literalMark, "_");
  assert.equal(shown("a = b / c / d;"), "a = b / c / d;");
  assert.equal(shown("a = /b[/]c/g;"), "a = ________;");
  assert.equal(shown("f(a) / 2 + '/'"), "f(a) / 2 + ___");
});

Deno.test("maskCode keeps the length and the line ends of every source file", async () => {
  for (const { path, text } of await readSourceFiles()) {
    const masked = maskCode(text);
    assert.equal(masked.length, text.length, path);
    assert.equal(masked.split("\n").length, text.split("\n").length, path);
  }
});

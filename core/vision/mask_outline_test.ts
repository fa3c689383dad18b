import assert from "node:assert/strict";
import { maskOutline } from "./mask_outline.ts";

const outline = (rows: readonly string[]) =>
  maskOutline(rows.join("").split("").map((pixel) => pixel === "#" ? 1 : 0), {
    width: rows[0]!.length,
    height: rows.length,
  });

Deno.test("maskOutline() goes around pixels, parts and holes", () => {
  assert.equal(outline(["...", "..."]), "");
  assert.equal(outline(["##", "##"]), "M0 0h2v2h-2v-2z");
  assert.equal(outline(["#..#"]), "M0 0h1v1h-1v-1zM3 0h1v1h-1v-1z");
  assert.equal(outline(["###", "#.#", "###"]), "M0 0h3v3h-3v-3zM1 1v1h1v-1h-1z");
  // Parts that touch at a corner are loops of their own.
  assert.equal(outline(["#.", ".#"]), "M0 0h1v1h-1v-1zM1 1h1v1h-1v-1z");
});

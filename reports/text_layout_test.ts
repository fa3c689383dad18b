import assert from "node:assert/strict";
import { fitText, textWidth, wrapText } from "./text_layout.ts";

Deno.test("textWidth() counts wide signs twice and combining marks not at all", () => {
  assert.equal(textWidth("abc →"), 5);
  assert.equal(textWidth("猫"), 2);
  assert.equal(textWidth("e\u0301"), 1);
  assert.equal(textWidth("😀"), 2);
  // First and last sign of each wide range, and their narrow neighbours.
  for (
    const sign
      of "\u1100\u115f\u2e80\ua4cf\uac00\ud7a3\uf900\ufaff\uff00\uff60\u{1f300}\u{1faff}\u{20000}"
  ) {
    assert.equal(textWidth(sign), 2, sign.codePointAt(0)!.toString(16));
  }
  for (const sign of "\u10ff\u1160\u2e7f\ua4d0\uabff\ud7a4\ufb00\uff61\u{1f2ff}\u{1fb00}") {
    assert.equal(textWidth(sign), 1, sign.codePointAt(0)!.toString(16));
  }
});

Deno.test("fitText() pads or cuts to exactly the width", () => {
  assert.equal(fitText("ab", 4), "ab  ");
  assert.equal(fitText("ab", 4, "right"), "  ab");
  assert.equal(fitText("abcdef", 4), "abc…");
  assert.equal(textWidth(fitText("猫猫猫", 4)), 4);
});

Deno.test("wrapText() breaks at spaces, not at no-break spaces, and keeps what it is given", () => {
  assert.deepEqual(wrapText("one two three", 8, "  "), ["one two", "  three"]);
  assert.deepEqual(wrapText("  one two", 5, "    "), ["  one", "    two"]);
  assert.deepEqual(wrapText("95\u00a0% interval", 5), ["95\u00a0%", "interval"]);
  assert.deepEqual(wrapText("immovable", 3), ["immovable"]);
  assert.deepEqual(wrapText("", 3), [""]);
});

Deno.test("fitText() and wrapText() take time that grows with the text, not with its square", () => {
  for (const text of ["x".repeat(200_000), "ab ".repeat(70_000), "猫".repeat(200_000)]) {
    const before = performance.now();
    assert.equal(textWidth(fitText(text, 40)), 40);
    wrapText(text, 80);
    // A square would take minutes.
    assert.ok(performance.now() - before < 5000);
  }
});

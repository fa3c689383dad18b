import assert from "node:assert/strict";
import {
  cleanText,
  countOf,
  formatDuration,
  formatInterval,
  formatNumber,
  formatRange,
  formatSigned,
  formatWithInterval,
  halfWidth,
} from "./format.ts";

Deno.test("formatInterval() shows on which side of 0 an end lies that rounds to 0", () => {
  const of = (value: number, low: number, high: number) =>
    formatInterval(value, [low, high], { signed: true });
  assert.equal(of(-2.9, -5.7, -0.04), " [−5.7, −0.0]");
  assert.equal(of(2.9, 0.3, 6.5), " [+0.3, +6.5]");
  assert.equal(of(2.9, 0, 6.5), " ± 3.6");
});

Deno.test("formatNumber() rounds, prints a true minus and a dash for missing values", () => {
  assert.equal(formatNumber(49.46), "49.5");
  assert.equal(formatNumber(-1.25, 2), "−1.25");
  assert.equal(formatNumber(-0.04), "0.0");
  assert.equal(formatNumber(100, 0), "100");
  for (const missing of [null, undefined, NaN, Infinity]) assert.equal(formatNumber(missing), "–");
});

Deno.test("formatSigned() puts a plus before positive numbers only", () => {
  assert.equal(formatSigned(5.3), "+5.3");
  assert.equal(formatSigned(-5.3), "−5.3");
  assert.equal(formatSigned(0.01), "0.0");
  assert.equal(formatSigned(-0.01), "0.0");
  assert.equal(formatSigned(null), "–");
});

Deno.test("halfWidth() takes the longer side of an interval", () => {
  assert.equal(halfWidth(10, [8, 11]), 2);
  assert.equal(halfWidth(10, [9, 13]), 3);
  assert.equal(halfWidth(10, null), null);
  assert.equal(halfWidth(null, [1, 2]), null);
  assert.equal(halfWidth(10, [11, 9]), null);
});

Deno.test("formatWithInterval() leaves out an interval that is missing", () => {
  assert.equal(formatWithInterval(48.26, [42, 54]), "48.3 ± 6.3");
  assert.equal(formatWithInterval(5.3, [3, 7.6], { signed: true, separator: "±" }), "+5.3±2.3");
  assert.equal(formatWithInterval(5.3, null), "5.3");
  // The longer side would say what the interval does not: that zero is in it.
  assert.equal(formatWithInterval(-2.2, [-8.9, -0.1], { signed: true }), "−2.2 [−8.9, −0.1]");
  assert.equal(formatWithInterval(-2.2, [-8.9, 0.1], { signed: true }), "−2.2 ± 6.7");
  assert.equal(formatWithInterval(2.2, [0.1, 8.9]), "2.2 ± 6.7");
  assert.equal(formatWithInterval(null, [1, 2]), "–");
  assert.equal(formatRange([-1, 2.04], { signed: true }), "[−1.0, +2.0]");
  assert.equal(formatRange(null), "–");
});

Deno.test("formatDuration() chooses the unit", () => {
  assert.equal(formatDuration(0.44), "0.4 s");
  assert.equal(formatDuration(9.96), "10 s");
  assert.equal(formatDuration(59.7), "1 min 00 s");
  assert.equal(formatDuration(307), "5 min 07 s");
  assert.equal(formatDuration(2 * 3600 + 299), "2 h 05 min");
  assert.equal(formatDuration(3599.6), "1 h 00 min");
  assert.equal(formatDuration(NaN), "–");
});

Deno.test("cleanText() removes what a terminal would obey", () => {
  assert.equal(cleanText("a\x1b[31mred\x07\u202eb"), "a�[31mred��b");
  assert.equal(cleanText("one\r\ntwo\tthree"), "one two three");
  assert.equal(cleanText("naïve → 猫"), "naïve → 猫");
});

Deno.test("countOf() knows one and many", () => {
  assert.equal(countOf(1, "image"), "1 image");
  assert.equal(countOf(0, "image"), "0 images");
});

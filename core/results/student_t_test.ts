import assert from "node:assert/strict";
import { studentQuantile, studentTail } from "./student_t.ts";

function assertNear(actual: number, expected: number, tolerance = 1e-9): void {
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-12);
  assert(error < tolerance, `expected ${expected}, got ${actual}`);
}

Deno.test("studentTail equals SciPy's", () => {
  for (
    const [t, degrees, expected] of [
      [0, 3, 0.5],
      [2.5, 4, 0.03338327240599407],
      [-1.2, 9.7, 0.8706865682218916],
      [8, 2, 0.00763403608266907],
      [30, 12, 5.886590953509468e-13],
    ] as const
  ) assertNear(studentTail(t, degrees), expected);
  assertNear(studentTail(1.96, 1e9), 0.024997895286864812, 1e-6);
  assertNear(studentTail(1.96, Infinity), 0.024997895148220435, 1e-6);
  assert.equal(studentTail(Infinity, 3), 0);
  assert.equal(studentTail(-Infinity, 3), 1);
  assert(Number.isNaN(studentTail(NaN, 3)));
});

Deno.test("studentQuantile equals SciPy's and undoes studentTail", () => {
  for (
    const [probability, degrees, expected] of [
      [0.975, 1, 12.706204736174694],
      [0.975, 2, 4.302652729749462],
      [0.975, 4.5, 2.6589123472044034],
      [0.975, 30, 2.0422724563012378],
      [0.9999, 3, 22.203742273205],
      [0.6, 7, 0.2631668613520229],
      [0.025, 5, -2.5705818356363155],
    ] as const
  ) assertNear(studentQuantile(probability, degrees), expected);
  assertNear(studentQuantile(0.975, 1e6), 1.959966356814107, 1e-6);
  assert.equal(Math.abs(studentQuantile(0.5, 4)) < 1e-12, true);
  for (const degrees of [0.7, 3, 55.5]) {
    assertNear(studentTail(studentQuantile(0.93, degrees), degrees), 0.07);
  }
});

Deno.test("studentTail and studentQuantile refuse what is out of range", () => {
  assert.throws(() => studentTail(1, 0), RangeError);
  assert.throws(() => studentQuantile(0.5, NaN), RangeError);
  for (const probability of [0, 1, NaN]) {
    assert.throws(() => studentQuantile(probability, 3), RangeError);
  }
});

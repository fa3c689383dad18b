import assert from "node:assert/strict";
import { logGamma } from "./incomplete_functions.ts";
import { studentQuantile, studentTail } from "./student_t.ts";
import { near, reference } from "./testdata/interval_reference.ts";
import { addSeedsAndSamples, addVariances } from "./variance.ts";

function describe(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, value: squares / (values.length - 1) / values.length, degrees: values.length - 1 };
}

/** How often an interval holds the truth, where a variance by seeds has a share of the whole. */
function coverage(seeds: number, share: number, add: typeof addVariances): number {
  const degrees = seeds - 1;
  const constant = 2 * (degrees / 2) ** (degrees / 2) / Math.exp(logGamma(degrees / 2));
  const steps = 600, width = 6 / steps;
  let sum = 0;
  for (let step = 0; step < steps; step++) {
    // By the root of a mean square: its density is finite at 0.
    const root = (step + 0.5) * width, square = root * root;
    const density = constant * root ** (degrees - 1) * Math.exp(-degrees * square / 2);
    const total = add({ value: share * square, degrees }, { value: 1 - share, degrees: Infinity });
    const half = studentQuantile(0.975, total.degrees) * Math.sqrt(total.value);
    sum += width * density * (1 - 2 * studentTail(half, Infinity));
  }
  return sum;
}

Deno.test("studentQuantile equals SciPy's for the degrees of sums", () => {
  for (const { probability, degrees, value } of reference.quantiles) {
    near(studentQuantile(probability, degrees), value);
  }
});

Deno.test("addVariances gives statsmodels' Satterthwaite degrees and Welch's interval", () => {
  for (const { one, two, degrees, ci95 } of reference.welch) {
    const from = describe(one), to = describe(two);
    const sum = addVariances(from, to);
    near(sum.degrees, degrees);
    const half = studentQuantile(0.975, sum.degrees) * Math.sqrt(sum.value);
    near(to.mean - from.mean - half, ci95[0]);
    near(to.mean - from.mean + half, ci95[1]);
  }
  assert.equal(addVariances({ value: 0, degrees: 3 }).degrees, Infinity);
});

Deno.test("addSeedsAndSamples has the degrees of what there is alone", () => {
  const samples = { value: 2, degrees: 99 }, seeds = { value: 2, degrees: 2 };
  for (
    const [sum, alone] of [
      [addSeedsAndSamples({ value: 0, degrees: 0 }, samples), samples],
      [addSeedsAndSamples(seeds, { value: 0, degrees: 0 }), seeds],
    ] as const
  ) {
    near(sum.value, alone.value);
    near(sum.degrees, alone.degrees);
  }
  assert.equal(addSeedsAndSamples({ value: 0, degrees: 2 }, { value: 0, degrees: 9 }).value, 0);
  // Never more degrees than Satterthwaite's, never fewer than those of the seeds.
  for (let value = 0.1; value < 100; value *= 1.5) {
    const { degrees } = addSeedsAndSamples({ value, degrees: 2 }, samples);
    assert.ok(degrees <= addVariances({ value, degrees: 2 }, samples).degrees && degrees >= 1.9);
  }
});

Deno.test("addSeedsAndSamples makes intervals that hold the truth in 95 %, whatever the share", () => {
  for (const { seeds, share, plain, margin } of reference.coverages) {
    // Integrated here and, by quadrature, in SciPy.
    near(coverage(seeds, share, addSeedsAndSamples), margin, 1e-3);
    near(coverage(seeds, share, addVariances), plain, 1e-3);
    if (seeds === 2) assert.ok(margin > 0.9385 && margin < 0.9645, `share ${share}: ${margin}`);
    else {
      assert.ok(margin > 0.9485 && margin < 0.9585, `${seeds} seeds, share ${share}: ${margin}`);
    }
  }
  // What the margin is for.
  const least = Math.min(
    ...reference.coverages.filter(({ seeds }) => seeds === 3).map(({ plain }) => plain),
  );
  assert.ok(least < 0.935, `${least}`);
});

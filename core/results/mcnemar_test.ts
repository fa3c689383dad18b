import assert from "node:assert/strict";
import { join } from "node:path";
import { upperGamma } from "./incomplete_functions.ts";
import { mcnemarAsymptotic, mcnemarExact } from "./mcnemar.ts";
import { wilsonInterval } from "./wilson.ts";

// Made by testdata/make_statistics_reference.py with SciPy and statsmodels.
const reference = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "statistics_reference.json")),
) as {
  discordant: {
    better: number;
    worse: number;
    exact: number;
    asymptotic: number;
    uncorrected: number;
  }[];
  shares: { successes: number; trials: number; low: number; high: number }[];
};

function near(found: number, wanted: number, what: string): void {
  assert.ok(Math.abs(found - wanted) <= 1e-9 * Math.abs(wanted), `${what}: ${found} for ${wanted}`);
}

Deno.test("mcnemarExact() and mcnemarAsymptotic() are statsmodels', however small", () => {
  assert.ok(reference.discordant.length > 10);
  for (const { better, worse, exact, asymptotic, uncorrected } of reference.discordant) {
    const counts = { better, worse }, what = `${better} and ${worse}`;
    near(mcnemarExact(counts), exact, what);
    near(mcnemarAsymptotic(counts), asymptotic, what);
    near(mcnemarAsymptotic(counts, { correction: false }), uncorrected, what);
  }
});

Deno.test("mcnemarExact() and mcnemarAsymptotic() refuse what is no count", () => {
  for (const wrong of [-1, 0.5, NaN]) {
    assert.throws(
      () => mcnemarExact({ better: wrong, worse: 1 }),
      /better is .*whole number from 0/,
    );
    assert.throws(() => mcnemarAsymptotic({ better: 1, worse: wrong }), /worse is/);
  }
});

Deno.test("upperGamma() is e^−x for a = 1, on both sides of its two ways", () => {
  for (const x of [0, 0.1, 1.9, 2.1, 30, 700]) near(upperGamma(1, x), Math.exp(-x), `${x}`);
});

Deno.test("wilsonInterval() is statsmodels', and no point where all or none succeed", () => {
  for (const { successes, trials, low, high } of reference.shares) {
    const [from, to] = wilsonInterval(successes, trials);
    near(from, low, `${successes} of ${trials}, low`);
    near(to, high, `${successes} of ${trials}, high`);
  }
  const wrong: [number, number][] = [[1, 0], [-1, 5], [6, 5], [NaN, 5], [1, Infinity]];
  for (const [successes, trials] of wrong) {
    assert.throws(() => wilsonInterval(successes, trials), /expected 0 ≤ successes ≤ trials/);
  }
});

import assert from "node:assert/strict";
import { judgeClaims, type JudgedTable, type TableClaim } from "./claims.ts";
import type { ResultComparison } from "./result.ts";

const metric = { key: "top1", title: "accuracy", unit: "%", higherIsBetter: true };

function comparison(
  label: string,
  ci95: [number, number] | null,
  more: Partial<ResultComparison> = {},
): ResultComparison {
  return {
    id: `${label}.zs.val`,
    label,
    base: "a",
    other: "b",
    column: "zs",
    split: "val",
    difference: ci95 === null ? null : (ci95[0] + ci95[1]) / 2,
    ci95,
    perSeed: [1, 2, 3],
    paper: null,
    power: { samplingError: 1, seedDeviation: 2, detectable: 5, seedsForPaper: null },
    ...more,
  };
}

function table(comparisons: ResultComparison[], more: Partial<JudgedTable> = {}): JudgedTable {
  return {
    size: "mini",
    splits: [
      { name: "dev", title: "dev", role: "tune" },
      { name: "val", title: "val", role: "test" },
    ],
    columns: [{ id: "zs", metric }],
    comparisons,
    ...more,
  };
}

const claim = (...comparisons: string[]): TableClaim => (
  { id: "c", claim: "B is better than A", comparisons, effect: 5.3 }
);

Deno.test("judgeClaims() tells by the interval on which side of 0 a difference is", () => {
  const verdict = (ci95: [number, number] | null) =>
    judgeClaims([claim("x")], table([comparison("x", ci95)]))[0]!;
  assert.equal(verdict([0.1, 4]).verdict, "holds");
  assert.equal(verdict([-4, -0.1]).verdict, "does-not-hold");
  const open = verdict([-1, 4]);
  assert.deepEqual([open.verdict, open.parts[0]!.reason, open.split], [
    "cannot-be-told",
    "the interval holds 0",
    "val",
  ]);
  assert.equal(verdict(null).parts[0]!.reason, "not measured");
  const [ofOne] = judgeClaims([claim("x")], table([comparison("x", null, { difference: 2 })]));
  assert.equal(ofOne!.parts[0]!.reason, "one image, which says nothing of others");
});

Deno.test("judgeClaims() turns the sign where less is better", () => {
  const columns = [{ id: "zs", metric: { ...metric, higherIsBetter: false } }];
  const judged = judgeClaims([claim("x")], table([comparison("x", [-4, -1])], { columns }));
  assert.equal(judged[0]!.verdict, "holds");
});

Deno.test("judgeClaims() says nothing of few seeds and of size smoke", () => {
  const few = comparison("x", [1, 2], { perSeed: [1, 2] });
  assert.match(judgeClaims([claim("x")], table([few]))[0]!.parts[0]!.reason!, /^2 seeds, fewer/);
  const one = comparison("x", [1, 2], { perSeed: [1] });
  assert.match(judgeClaims([claim("x")], table([one]))[0]!.parts[0]!.reason!, /^one seed, fewer/);
  const smoke = judgeClaims([claim("x")], table([comparison("x", [1, 2])], { size: "smoke" }));
  assert.equal(smoke[0]!.verdict, "cannot-be-told");
});

Deno.test("judgeClaims() lets a claim of several differences hold where all do", () => {
  const verdict = (...intervals: [number, number][]) => {
    const comparisons = intervals.map((ci95, index) => comparison(`d${index}`, ci95));
    return judgeClaims([claim(...comparisons.map(({ label }) => label))], table(comparisons))[0]!
      .verdict;
  };
  assert.equal(verdict([1, 2], [1, 2]), "holds");
  assert.equal(verdict([1, 2], [-1, 2]), "cannot-be-told");
  assert.equal(verdict([1, 2], [-2, -1], [-1, 1]), "does-not-hold");
  assert.equal(verdict(), "cannot-be-told");
});

Deno.test("judgeClaims() looks at the claim's columns alone, and counts seeds for the paper's effect", () => {
  const printed = comparison("x", [-1, 4], { paper: 10 });
  const other = comparison("x", [-3, -1], { column: "lp" });
  const [judged] = judgeClaims(
    [{ ...claim("x"), columns: ["zs"] }],
    table([printed, other]),
  );
  assert.equal(judged!.parts.length, 1);
  // (10 / 3.2415)² − 1² = 8.52; 2² / 8.52 < 1, were the spread known. Three seeds have 2.3 degrees of
  // freedom and see 6 · √(2² / 3 + 1²) = 9.1; two see 36.
  assert.deepEqual([judged!.parts[0]!.seedsNeeded, judged!.parts[0]!.effectFrom], [3, "paper"]);
  const own = judgeClaims([claim("x")], table([comparison("x", [-1, 4])]))[0]!.parts[0]!;
  // Four seeds, 7.3 degrees: 3.76 · √(2² / 4 + 1²) = 5.32; five see 4.7.
  assert.deepEqual([own.seedsNeeded, own.effectFrom], [5, "claim"]);
  const unknown = judgeClaims([{ ...claim("x"), effect: null }], table([comparison("x", [-1, 4])]));
  assert.deepEqual([unknown[0]!.parts[0]!.seedsNeeded, unknown[0]!.parts[0]!.effectFrom], [
    null,
    null,
  ]);
});

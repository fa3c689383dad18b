import assert from "node:assert/strict";
import { miniTable, pairNights, simulateNight } from "../testdata/simulated_night.ts";
import type { CellPair } from "./comparison.ts";
import { judgeCells, spreadsOf } from "./judge.ts";

/** Seeds of a night that no other night has. */
const seedsOf = (night: number, count: number) =>
  Array.from({ length: count }, (_, seed) => 1000 * (night + 1) + seed);

const lossesOf = (cells: CellPair[]) =>
  judgeCells(cells).filter(({ verdict }) => verdict === "loss");

/** A stricter look than the gate's: how near the nulls come to an alarm. */
function leastAdjusted(cells: CellPair[]): number {
  return Math.min(...judgeCells(cells).map(({ adjustedP }) => adjustedP));
}

Deno.test("judgeCells() raises no false alarm in 60 pairs of nights that differ only in seeds", () => {
  let below = 0;
  for (let pair = 0; pair < 60; pair++) {
    const cells = pairNights(
      simulateNight(miniTable, seedsOf(2 * pair, 3)),
      simulateNight(miniTable, seedsOf(2 * pair + 1, 3)),
    );
    assert.deepEqual(lossesOf(cells), [], `pair ${pair}`);
    if (leastAdjusted(cells) < 0.05) below++;
  }
  // At 0.05 three of 60 would be right; far more would be an error rate that is not kept.
  assert.ok(below <= 6, `${below} of 60 below 0.05`);
});

Deno.test("judgeCells() finds a loss of 5 points in 20 of 20 nights", () => {
  for (
    const [name, loss] of Object.entries({
      everywhere: () => 5,
      "in half of the columns": (_: number, column: number) => column < 3 ? 10 : 0,
    })
  ) {
    for (let night = 0; night < 20; night++) {
      const cells = pairNights(
        simulateNight(miniTable, seedsOf(200 + 2 * night, 5)),
        simulateNight(miniTable, seedsOf(201 + 2 * night, 3), loss),
      );
      assert.ok(lossesOf(cells).length > 0, `${name}, night ${night}`);
    }
  }
});

Deno.test("judgeCells() does not fail for a loss of 1 point, with the same seeds or others", () => {
  for (let night = 0; night < 20; night++) {
    const base = simulateNight(miniTable, seedsOf(300 + night, 3));
    for (const seeds of [seedsOf(300 + night, 3), seedsOf(400 + night, 3)]) {
      const cells = pairNights(base, simulateNight(miniTable, seeds, () => 1));
      assert.deepEqual(lossesOf(cells), [], `night ${night}`);
    }
  }
});

Deno.test("judgeCells() finds equal seeds with equal numbers the same", () => {
  const night = simulateNight(miniTable, seedsOf(1, 3));
  const judged = judgeCells(pairNights(night, night));
  assert.ok(judged.every(({ verdict, difference }) => verdict === "same" && difference === 0));
  assert.ok(judged.some(({ group }) => group.level === "table"));
});

Deno.test("judgeCells() takes the spread of one seed from the baseline, or says that it is assumed", () => {
  const many = simulateNight(miniTable, seedsOf(500, 5));
  const one = pairNights(
    simulateNight(miniTable, seedsOf(501, 1)),
    simulateNight(miniTable, seedsOf(502, 1), () => 5),
  );
  const assumed = judgeCells(one);
  assert.ok(assumed.every(({ spread, verdict }) => spread === "assumed" && verdict !== "loss"));
  assert.ok(assumed.find(({ group }) => group.level === "table")!.smallestLoss > 10);
  const spreads = spreadsOf(pairNights(many, many), "base");
  const judged = judgeCells(one, { spreads: () => spreads });
  assert.ok(judged.every(({ spread }) => spread === "baseline"));
  const [table, unknown] = [judged, assumed].map((all) =>
    all.find(({ group }) => group.level === "table")!
  );
  assert.ok(table!.smallestLoss < unknown!.smallestLoss);
});

Deno.test("judgeCells() leaves a known loss out of the means, and fails beyond it", () => {
  const base = simulateNight(miniTable, seedsOf(600, 3));
  const next = simulateNight(miniTable, seedsOf(600, 3), (row) => row === 9 ? 40 : 0);
  const cells = pairNights(base, next);
  assert.ok(lossesOf(cells).length > 0);
  const known = (upTo: number) =>
    judgeCells(cells, { knownLoss: ({ row }) => row === "r9" ? upTo : undefined })
      .filter(({ verdict }) => verdict === "loss");
  assert.deepEqual(known(60), []);
  const beyond = known(5);
  assert.ok(beyond.length > 0 && beyond.every(({ group }) => group.level === "cell"));
});

Deno.test("judgeCells() turns round where lower is better", () => {
  const base = simulateNight(miniTable, seedsOf(700, 3));
  const next = simulateNight(miniTable, seedsOf(701, 3), () => 10);
  const cells = pairNights(base, next).map((cell) => ({
    ...cell,
    metric: { ...cell.metric, higherIsBetter: false },
  }));
  const judged = judgeCells(cells);
  assert.ok(judged.every(({ verdict }) => verdict !== "loss"));
  assert.ok(judged.some(({ verdict }) => verdict === "gain"));
});

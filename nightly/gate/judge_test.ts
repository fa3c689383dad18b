import assert from "node:assert/strict";
import { RandomStream } from "../../core/random.ts";
import { accuracy } from "../../core/results/metric.ts";
import { miniTable, pairNights, simulateNight } from "../testdata/simulated_night.ts";
import type { CellPair, CellRuns } from "./comparison.ts";
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

/** Numbers of three seeds without evidence: the seeds' noise is all there is. */
function plainCells(night: number, spread: number, lossOfFirst: number): CellPair[] {
  const runsOf = (side: string, place: number, loss: number): CellRuns => {
    const random = new RandomStream(night, side, place);
    const values = [0, 1, 2].map(() => 50 - loss + spread * random.normal());
    const seeds = side === "base" ? [0, 1, 2] : [3, 4, 5];
    return { seeds, values, samples: 100_000, ci95: null };
  };
  return Array.from({ length: 8 }, (_, place): CellPair => ({
    id: `r${place}.c.val`,
    table: "plain",
    row: `r${place}`,
    column: "c",
    split: "val",
    metric: accuracy,
    base: runsOf("base", place, 0),
    next: runsOf("next", place, place === 0 ? lossOfFirst : 0),
  }));
}

Deno.test("judgeCells() finds the smallest loss that it names in about eight of ten nights", () => {
  for (const spread of [0.2, 2]) {
    const firstOf = (night: number, loss: number) =>
      judgeCells(plainCells(night, spread, loss)).find(({ group }) => group.name === "r0.c.val")!;
    let found = 0, sum = 0;
    for (let night = 0; night < 50; night++) sum += firstOf(1000 + night, 0).smallestLoss / 50;
    for (let night = 0; night < 200; night++) {
      if (firstOf(night, sum).verdict === "loss") found++;
    }
    assert.ok(found >= 140 && found <= 185, `spread ${spread}: ${found} of 200 at ${sum}`);
  }
});

Deno.test("judgeCells() is not deceived by two seeds of one training that is far noisier than the others", () => {
  let failed = 0;
  for (let night = 0; night < 200; night++) {
    const cells = Array.from({ length: 60 }, (_, place): CellPair => {
      const row = Math.floor(place / 6);
      const runsOf = (side: string, seeds: number[]): CellRuns => {
        const random = new RandomStream(night, side, place);
        const values = seeds.map(() => 50 + (row === 0 ? 8 : 0.2) * random.normal());
        return { seeds, values, samples: 100_000, ci95: null };
      };
      return {
        ...{ id: `r${row}.c${place % 6}.val`, table: "wild", row: `r${row}` },
        ...{ column: `c${place % 6}`, split: "val", metric: accuracy },
        base: runsOf("base", [0, 1, 2]),
        next: runsOf("next", [0, 1]),
      };
    });
    if (lossesOf(cells).length > 0) failed++;
  }
  // 40 of 200 fail where the noisy row is drawn towards the others, or two differences tell its noise.
  assert.ok(failed <= 2, `${failed} of 200 nights failed`);
});

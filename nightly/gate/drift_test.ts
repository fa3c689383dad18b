import assert from "node:assert/strict";
import { RandomStream } from "../../core/random.ts";
import { type DriftSeries, findDrift } from "./drift.ts";

/** Spread of one training's value, points. */
const spread = 1.04;

/** Numbers of one history; the first has lost something since the baseline. */
function simulate(
  { nights, loss = 0, positions = 20, baseSeeds = 3, hasSameSeeds = true, history = 3 }: {
    nights: number;
    loss?: number;
    positions?: number;
    baseSeeds?: number;
    hasSameSeeds?: boolean;
    history?: number;
  },
): DriftSeries[] {
  return Array.from({ length: positions }, (_, place) => {
    const random = new RandomStream(history, "drift", place);
    const values = Array.from({ length: baseSeeds }, () => 50 + spread * random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / baseSeeds;
    const sum = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const degrees = baseSeeds - 1;
    const share = 1 / baseSeeds + (hasSameSeeds ? 0 : 1 / 3);
    return {
      position: `p${place}`,
      level: "cell",
      higherIsBetter: true,
      base: {
        value: mean,
        hasSameSeeds,
        ...(degrees === 0 ? {} : { variance: { value: sum / degrees * share, degrees } }),
      },
      nights: Array.from({ length: nights }, (_, night) => ({
        value: 50 - (place === 0 ? loss : 0) +
          spread / Math.sqrt(hasSameSeeds ? baseSeeds : 3) * random.normal(),
        training: String(night),
      })),
    };
  });
}

/** Histories of 200 in which something seems to drift, at a rate of 5 %. */
function countAlarms(change: Omit<Parameters<typeof simulate>[0], "history">): number {
  let alarms = 0;
  for (let history = 0; history < 200; history++) {
    if (findDrift(simulate({ ...change, history }), 0.05).length > 0) alarms++;
  }
  return alarms;
}

Deno.test("findDrift() shows a loss after enough nights, and nothing else", () => {
  const loss = 4;
  assert.deepEqual(findDrift(simulate({ nights: 7, loss })), [], "seven nights are too few");
  const found = findDrift(simulate({ nights: 40, loss }));
  assert.deepEqual(found.map(({ position }) => position), ["p0"]);
  assert.ok(Math.abs(found[0]!.difference + loss) < found[0]!.half);
  assert.deepEqual(findDrift(simulate({ nights: 40 })), []);
});

Deno.test("findDrift() keeps its error rate, whatever the baseline knows of its noise", () => {
  // Of 200 at 5 %, 10 are expected, and 20 or more in one of 500 such trials.
  for (const nights of [8, 20, 60]) {
    for (const baseSeeds of [1, 3, 5]) {
      const alarms = countAlarms({ nights, baseSeeds });
      assert.ok(alarms < 20, `${alarms} of 200: ${nights} nights, ${baseSeeds} seeds`);
    }
  }
  assert.ok(countAlarms({ nights: 20, positions: 200 }) < 20, "200 positions");
  const others = countAlarms({ nights: 20, hasSameSeeds: false });
  assert.ok(others < 20, `${others} of 200 with other seeds`);
});

Deno.test("findDrift() does not test nights of other seeds where the spread of seeds is not known", () => {
  const series = simulate({ nights: 40, loss: 30, baseSeeds: 1, hasSameSeeds: false });
  assert.deepEqual(findDrift(series), []);
});

Deno.test("findDrift() counts nights of the same trainings once, and equal numbers of others each", () => {
  const [series] = simulate({ nights: 8, positions: 1 });
  const repeat = (trainings: number) => ({
    ...series!,
    nights: Array.from({ length: 50 }, (_, night) => ({
      value: 40 + night % 3,
      training: String(night % trainings),
    })),
  });
  assert.deepEqual(findDrift([repeat(7)]), []);
  assert.equal(findDrift([repeat(50)])[0]!.nights, 50);
});

Deno.test("findDrift() counts on the spread of the baseline's seeds where nights are too much alike", () => {
  const [series] = simulate({ nights: 20, positions: 1 });
  const alike = {
    ...series!,
    base: { value: 50, hasSameSeeds: true, variance: { value: 1, degrees: 2 } },
    nights: Array.from({ length: 20 }, (_, night) => ({
      value: 49 + 0.01 * night,
      training: String(night),
    })),
  };
  assert.deepEqual(findDrift([alike]), []);
});

import assert from "node:assert/strict";
import { RandomStream } from "../../core/random.ts";
import { judgeSpeed, type SpeedPairs } from "./judge_speed.ts";

/** Pairs of six cases; the first is slower and larger by some factors. */
function simulate(night: number, time: number, memory: number, spread = 0.04): SpeedPairs[] {
  return Array.from(
    { length: 6 },
    (_, place) =>
      (["time", "memory"] as const).map((quantity): SpeedPairs => {
        const random = new RandomStream(night, quantity, place);
        const factor = place > 0 ? 1 : quantity === "time" ? time : memory;
        const scatter = quantity === "time" ? spread : 0.01;
        const ratios = Array.from(
          { length: 6 },
          () => factor * Math.exp(scatter * random.normal()),
        );
        return { place: `case-${place}`, name: `case-${place}`, quantity, by: "commits", ratios };
      }),
  ).flat();
}

Deno.test("judgeSpeed() finds 25 % more time and 30 % more memory in 20 of 20 nights", () => {
  for (let night = 0; night < 20; night++) {
    const lossesOf = (pairs: SpeedPairs[]) =>
      judgeSpeed(pairs).filter(({ verdict }) => verdict === "loss")
        .map(({ pairs: { place, quantity } }) => `${place} ${quantity}`);
    assert.deepEqual(lossesOf(simulate(night, 1.25, 1)), ["case-0 time"], `night ${night}`);
    assert.deepEqual(lossesOf(simulate(night, 1, 1.3)), ["case-0 memory"], `night ${night}`);
  }
});

Deno.test("judgeSpeed() raises no false alarm in 200 nights, on noisy machines too", () => {
  for (let night = 100; night < 300; night++) {
    const spread = night % 2 === 0 ? 0.04 : 0.2;
    const verdicts = judgeSpeed(simulate(night, 1, 1, spread)).map(({ verdict }) => verdict);
    assert.ok(!verdicts.includes("loss"), `night ${night}`);
  }
});

Deno.test("judgeSpeed() tolerates 5 %, sees gains, and does not judge single ratios", () => {
  const tolerated = judgeSpeed(simulate(1, 1.05, 1, 0.005));
  assert.equal(tolerated[0]!.verdict, "tolerated");
  assert.equal(judgeSpeed(simulate(1, 0.5, 1))[0]!.verdict, "gain");
  const single = { place: "a", name: "a", quantity: "time", by: "commits", ratios: [9] } as const;
  assert.equal(judgeSpeed([single])[0]!.verdict, "not judged");
});

Deno.test("judgeSpeed() compares ratios to a peer with the baseline's", () => {
  const pairs = (next: number): SpeedPairs => ({
    place: "a",
    name: "a",
    quantity: "time",
    by: "peer",
    ratios: [0.99, 1, 1.01, 1, 0.99, 1.01].map((ratio) => ratio * next),
    baseRatios: [0.8, 0.81, 0.79, 0.8, 0.81, 0.79],
  });
  assert.equal(judgeSpeed([pairs(1)])[0]!.verdict, "loss");
  assert.equal(judgeSpeed([pairs(0.8)])[0]!.verdict, "noise");
});

Deno.test("judgeSpeed() finds the smallest ratio that it names in about eight of ten nights", () => {
  for (const spread of [0.01, 0.08]) {
    const smallest = judgeSpeed(simulate(5000, 1, 1, spread))[0]!.smallestRatio;
    let found = 0;
    for (let night = 0; night < 200; night++) {
      if (judgeSpeed(simulate(6000 + night, smallest, 1, spread))[0]!.verdict === "loss") found++;
    }
    assert.ok(found >= 140 && found <= 185, `spread ${spread}: ${found} of 200`);
  }
});

import assert from "node:assert/strict";
import { acceptLosses } from "./accept_losses.ts";
import { judgeCells } from "./gate/judge.ts";
import { judgeSpeed } from "./gate/judge_speed.ts";
import type { SpeedNight } from "./speed_night.ts";
import { miniTable, pairNights, simulateNight } from "./testdata/simulated_night.ts";

const small = { ...miniTable, rows: 3, columns: 2 };

/** A night with losses in two tables and in a speed case. */
function makeNight() {
  const cells = pairNights(
    simulateNight(small, [0, 1, 2, 3, 4]),
    simulateNight(small, [10, 11, 12], () => 15),
  );
  const ratios = [1.3, 1.31, 1.29, 1.3, 1.3, 1.31];
  const speed = {
    judgements: judgeSpeed([{ place: "a", name: "a", quantity: "time", by: "commits", ratios }]),
  } as unknown as SpeedNight;
  const tables = ["one", "two"].flatMap((table) => cells.map((cell) => ({ ...cell, table })));
  return { judgements: judgeCells(tables), speed };
}

Deno.test("acceptLosses() makes known losses of those in what was stored, and says how many", () => {
  const night = makeNight();
  const lossesIn = (table: string, judgements: typeof night.judgements | readonly unknown[]) =>
    (judgements as typeof night.judgements)
      .filter(({ verdict, group }) => verdict === "loss" && group.table === table).length;
  const [one, two] = [lossesIn("one", night.judgements), lossesIn("two", night.judgements)];
  assert.ok(one > 0 && two > 0);
  const request = { ...night, reason: "other views", stored: new Set(["one"]) };
  const part = acceptLosses({ ...request, isSpeedStored: false });
  assert.equal(lossesIn("one", part.judgements), 0);
  assert.equal(part.judgements.filter(({ verdict }) => verdict === "known").length, one);
  assert.equal(lossesIn("two", part.judgements), two, "what was not stored fails");
  assert.equal(part.speed!.judgements[0]!.verdict, "loss");
  assert.match(part.remarks.join(), new RegExp(`^${one} loss(es)? accepted .*: other views$`));
  const whole = acceptLosses({ ...request, isSpeedStored: true });
  assert.equal(whole.speed!.judgements[0]!.verdict, "known");
});

Deno.test("acceptLosses() changes nothing where no reason is given", () => {
  const night = makeNight();
  const { judgements, speed, remarks } = acceptLosses({
    ...night,
    reason: undefined,
    stored: new Set(["one", "two"]),
    isSpeedStored: true,
  });
  assert.deepEqual([judgements, speed, remarks], [night.judgements, night.speed, []]);
});

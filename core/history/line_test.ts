import assert from "node:assert/strict";
import { contentOfNights } from "./history_content.ts";
import { type HistoryLine, type LineFilter, linesOfPosition } from "./line.ts";
import { movesOfLine } from "./moves.ts";
import { makeNight, type NightRecord } from "./night_record.ts";

type Content = Omit<NightRecord, "id">;

function night(day: number, value: number, more: Partial<Content> = {}): NightRecord {
  return makeNight({
    time: new Date(Date.UTC(2026, 0, day)).toISOString(),
    machine: "a",
    table: "table2",
    size: "mini",
    branch: "main",
    basis: { "": { "pretrain.epochs": "6" }, "zero-shot": { version: "1" } },
    numbers: [{
      position: "p",
      value,
      meaning: { unit: "%", higherIsBetter: true, scope: "zero-shot" },
    }],
    ...more,
  });
}

function lines(nights: readonly NightRecord[], filter: LineFilter = {}): HistoryLine[] {
  const content = contentOfNights(nights);
  return [...content.positions].flatMap(([name, numbers]) =>
    linesOfPosition(name, numbers, content.nights, filter)
  );
}

Deno.test("lines of other sizes are other lines, of other machines where numbers tell of them", () => {
  const time = (machine: string): Partial<Content> => ({
    machine,
    table: "speed",
    numbers: [{ position: "s", value: 1, meaning: { ofMachine: true } }],
  });
  const nights = [
    night(1, 40),
    night(2, 41, { size: "smoke" }),
    night(3, 42, { machine: "b" }),
    night(4, 0, time("a")),
    night(5, 0, time("b")),
  ];
  assert.deepEqual(
    lines(nights).map((
      { position, size, machine, points },
    ) => [position, size, machine, points.length]),
    [
      ["p", "mini", undefined, 2],
      ["p", "smoke", undefined, 1],
      ["s", "mini", "a", 1],
      ["s", "mini", "b", 1],
    ],
  );
  assert.deepEqual(lines(nights, { machine: "b" }).map(({ points }) => points.length), [1, 1]);
  assert.deepEqual(lines(nights, { size: "smoke" }).map(({ points }) => points.length), [1]);
  assert.deepEqual(lines(nights, { branch: "other" }), []);
});

Deno.test("points tell what is not as it was the night before", () => {
  const basis = (epochs: string, version = "1", other = "1") => ({
    basis: {
      "": { "pretrain.epochs": epochs },
      "zero-shot": { version },
      "k-nn": { version: other },
    },
  });
  const [line] = lines([
    night(1, 40),
    night(2, 40, basis("6", "1", "2")),
    night(3, 40, basis("6", "1", "3")),
    night(4, 40, basis("8", "2", "3")),
    night(5, 40, basis("8", "2", "3")),
  ]);
  assert.deepEqual(line!.points.map(({ changed }) => changed), [
    undefined,
    undefined,
    undefined,
    ["pretrain.epochs is 8, was 6", "version is 2, was 1"],
    undefined,
  ]);
});

Deno.test("movesOfLine judges by the metric's direction, and not across other settings", () => {
  const values = (day: number) => 40 + (day % 3) * 0.1 - (day > 40 ? 5 : 0);
  const days = Array.from({ length: 60 }, (_, index) => index + 1);
  const [worse] = lines(days.map((day) => night(day, values(day))));
  const [move, ...others] = movesOfLine(worse!);
  assert.deepEqual(others, []);
  assert.deepEqual([move!.index, move!.verdict], [40, "worse"]);
  const numbers = (value: number) => ({
    numbers: [{ position: "p", value, meaning: { higherIsBetter: false } }],
  });
  const [better] = lines(days.map((day) => night(day, 0, numbers(values(day)))));
  assert.equal(movesOfLine(better!)[0]!.verdict, "better");
  // The loss comes with other settings: nothing is to be found on either side.
  const [changed] = lines(
    days.map((day) =>
      night(day, values(day), { basis: { "": { "pretrain.epochs": day > 40 ? "3" : "6" } } })
    ),
  );
  assert.deepEqual(movesOfLine(changed!), []);
  // Indices are those of the line, after other settings too.
  const [later] = lines(
    days.map((day) =>
      night(day, values(day), { basis: { "": { "pretrain.epochs": day > 5 ? "3" : "6" } } })
    ),
  );
  assert.deepEqual(movesOfLine(later!).map(({ index }) => index), [40]);
});

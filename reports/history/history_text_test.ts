import assert from "node:assert/strict";
import { contentOfNights } from "../../core/history/history_content.ts";
import { linesOfPosition } from "../../core/history/line.ts";
import { syntheticNights } from "../../core/history/testdata/synthetic_nights.ts";
import { textWidth } from "../text_layout.ts";
import { judgeLines } from "./history_model.ts";
import {
  renderLineChart,
  renderLineList,
  renderLineNights,
  renderNightList,
} from "./history_text.ts";
import { renderTerminalChart, sparkline } from "./terminal_chart.ts";

const content = contentOfNights(syntheticNights({ nights: 60, positions: 2, lossAt: 45 }));
const judged = judgeLines(
  [...content.positions].flatMap(([name, numbers]) =>
    linesOfPosition(name, numbers, content.nights, {})
  ),
);

function assertFits(text: string, width: number): void {
  for (const line of text.split("\n")) assert(textWidth(line) <= width, line);
}

Deno.test("renderLineList shows each number with its latest value and its last move", () => {
  const text = renderLineList(judged, 160);
  assertFits(text, 160);
  const [header, moved, still, count] = text.split("\n");
  assert.match(header!, /^number +size +nights +latest +last 24 nights +last moved$/);
  assert.match(
    moved!,
    /^table2\/row-000\/zs\/val +mini +60 +3\d\.\d +[▁▂▃▄▅▆▇█]{24} +▼ worse 2024-02-1[45] \(10/,
  );
  assert.match(still!, /^table2\/row-001\/lp\/val +mini +60 +4\d\.\d +[▁▂▃▄▅▆▇█]{24}$/);
  assert.equal(count, "2 numbers");
  assert.equal(renderLineList([], 80), "No numbers.\n");
});

Deno.test("renderLineNights prints the latest nights and every change point", () => {
  const text = renderLineNights(judged[0]!, { width: 120, last: 20 });
  assertFits(text, 160);
  assert.match(text, /^table2\/row-000\/zs\/val \(mini\)\n {2}RN18 · method 0 · zs, held-out icon/);
  assert.equal(text.match(/^2024-0\d-\d\d 02:00/gm)?.length, 20);
  assert.match(text, /… and 40 earlier nights; all by --last 60/);
  assert.match(
    text,
    /\n▼ worse from 40\.\d to 3\d\.\d: −\d\.\d \[−\d\.\d, −\d\.\d\], first night 2024-02/,
  );
  assert.match(
    renderLineNights(judged[1]!, { width: 120, last: 3 }),
    /No change point in 60 nights/,
  );
});

Deno.test("renderLineChart draws the numbers and marks the move", () => {
  const text = renderLineChart(judged[0]!, { width: 80, height: 8 });
  assertFits(text, 80);
  const rows = text.split("\n").filter((line) => /[│┤]/.test(line));
  assert.equal(rows.length, 8);
  assert.match(text, /└─+\n +▼\n +2024-01-01 1000000 +2024-02-29 10/);
  // Before the loss there are dots in the upper half alone, after it in the lower.
  const half = (from: number, to: number, columns: [number, number]) =>
    rows.slice(from, to).map((row) => row.replace(/^[^│┤]*[│┤]/, "").slice(...columns)).join("");
  assert.match(half(0, 4, [0, 40]), /[\u2801-\u28ff]/);
  assert.doesNotMatch(half(0, 3, [62, 80]), /[\u2801-\u28ff]/);
});

Deno.test("renderTerminalChart takes one night, equal numbers, and more nights than dots", () => {
  const [line] = judged.map(({ line }) => line);
  const one = { ...line!, points: line!.points.slice(0, 1) };
  assert.match(renderTerminalChart(one, [], { width: 40 }), /2024-01-01 1000000$/);
  const equal = { ...line!, points: line!.points.map((point) => ({ ...point, value: 7 })) };
  assert.match(renderTerminalChart(equal, [], { width: 80 }), /⠒|⠤|⣀|⠉|[\u2801-\u28ff]/);
  const narrow = renderTerminalChart(
    { ...line!, points: Array.from({ length: 20 }, () => line!.points).flat() },
    [],
    { width: 60 },
  );
  assertFits(narrow, 70);
  assert.match(narrow, /12 nights share a column of dots|\d+ nights share a column of dots/);
});

Deno.test("sparkline goes from the least to the greatest number", () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), "▁▂▃▄▅▆▇█");
  assert.equal(sparkline([5, 5]), "▄▄");
  assert.equal(sparkline([]), "");
});

Deno.test("renderNightList prints a night a line", () => {
  const nights = content.nights.map(({ numbersHash: _hash, basis: _basis, ...night }) => night);
  const text = renderNightList(nights.slice(0, 2), 140);
  assert.match(
    text,
    /^night \(UTC\) +commit +branch +table +size +machine +numbers\n2024-01-01 02:00 +1000000 +main +table2 +mini +AMD/,
  );
  assert.match(text, /\n2 nights\n$/);
  assert.equal(renderNightList([], 80), "No nights.\n");
});

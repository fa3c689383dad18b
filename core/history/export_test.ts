import assert from "node:assert/strict";
import { parquetReadObjects } from "hyparquet";
import { exportColumns, exportRows, formatCsv, formatJsonLines, formatParquet } from "./export.ts";
import { contentOfNights } from "./history_content.ts";
import { type HistoryLine, linesOfPosition } from "./line.ts";
import { makeNight, type NightRecord } from "./night_record.ts";
import { syntheticNights } from "./testdata/synthetic_nights.ts";

function linesOf(nights: readonly NightRecord[]): HistoryLine[] {
  const content = contentOfNights(nights);
  return [...content.positions].flatMap(([name, numbers]) =>
    linesOfPosition(name, numbers, content.nights, {})
  );
}

/** A night with little in it, and names that need care. */
const odd = makeNight({
  time: "2026-01-01T02:00:00Z",
  branch: '=cmd|"x",\n1',
  machine: "any",
  table: "speed",
  size: "bench",
  numbers: [{ position: "speed/a/threads=1/seconds", value: -0.1 }],
});

Deno.test("formatCsv quotes what needs it and disarms formulas", () => {
  const text = [...formatCsv(exportRows(linesOf([odd])))].join("");
  const [header, row] = [text.slice(0, text.indexOf("\n")), text.slice(text.indexOf("\n") + 1)];
  assert.equal(header, exportColumns.join(","));
  assert.equal(
    row,
    `${odd.id},2026-01-01T02:00:00.000Z,,"'=cmd|""x"",\n1",any,speed,bench,` +
      "speed/a/threads=1/seconds,-0.1,,,,,,,,,\n",
  );
});

Deno.test("formatJsonLines gives back every number", () => {
  const lines = linesOf([...syntheticNights({ nights: 3, positions: 2 }), odd]);
  const rows = [...exportRows(lines)];
  assert.equal(rows.length, 7);
  assert.deepEqual([...formatJsonLines(rows)].map((line) => JSON.parse(line)), rows);
  assert.equal(rows.at(-1)!.position, "table2/row-001/lp/val");
  assert.equal(rows[0]!.branch, '=cmd|"x",\n1');
});

Deno.test("formatParquet is read back by hyparquet as it was written", async () => {
  const lines = linesOf([...syntheticNights({ nights: 40, positions: 30 }), odd]);
  const rows = [...exportRows(lines)];
  const bytes = await formatParquet(rows);
  const read = await parquetReadObjects({ file: bytes.buffer as ArrayBuffer });
  assert.deepEqual(
    read,
    rows.map((row) => ({ ...row, time: new Date(row.time) })),
  );
  assert.deepEqual(Object.keys(read[0]!), [...exportColumns]);
  // No rows are a file, too.
  const empty = await formatParquet([]);
  assert.deepEqual(await parquetReadObjects({ file: empty.buffer as ArrayBuffer }), []);
});

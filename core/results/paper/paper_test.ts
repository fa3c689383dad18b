import assert from "node:assert/strict";
import { ConfigError } from "../../errors.ts";
import { loadPaperTable, paperTableNames, paperValue } from "./paper.ts";
import { paperTableSchema } from "./paper_schema.ts";

const table = await loadPaperTable("table2");

Deno.test("loadPaperTable gives every row and column of the printed table", async () => {
  assert.deepEqual(table.columns.map((column) => column.id), [
    "zs_in1k",
    "zs_ct256",
    "lp_in1k_1pct",
    "lp_in1k_10pct",
    "lp_in1k_100pct",
    "lp_ct256",
  ]);
  const blocks = Map.groupBy(table.rows, (row) => row.block);
  assert.deepEqual([...blocks].map(([block, rows]) => [block, rows.length]), [
    ["teacher", 2],
    ["RN18", 11],
    ["MNv2", 7],
  ]);
  for (const name of paperTableNames) await loadPaperTable(name);
});

Deno.test("paperValue gives printed numbers and null where none is printed", () => {
  assert.equal(paperValue(table, "rn18-lgd-200", "zs_in1k"), 49.5);
  assert.equal(paperValue(table, "rn18-seed", "zs_in1k"), 44.2);
  assert.equal(paperValue(table, "mnv2-lgd-90-data-ct256", "zs_ct256"), 67.4);
  assert.equal(paperValue(table, "rn18-super", "zs_in1k"), null);
  assert.equal(paperValue(table, "rn50-lgd", "zs_in1k"), null);
  assert.equal(paperValue(table, "rn18-lgd-200", "constructor"), null);
});

Deno.test("the printed numbers add up to those of the transcription", () => {
  // Per column: how many numbers are printed, and their sum, of the transcription in tenths of a percent.
  const sums = table.columns.map(({ id }) => {
    const values = table.rows.map((row) => row.values[id]).filter((value) => value !== null);
    return [values.length, Math.round(10 * values.reduce((sum, value) => sum! + value!, 0)!)];
  });
  assert.deepEqual(sums, [[11, 4521], [11, 7229], [10, 4619], [10, 5798], [14, 9046], [12, 9585]]);
});

Deno.test("the difference LGD − SEED is the paper's", () => {
  const difference = table.derived.find((one) => one.label === "LGD-200 − SEED, RN18");
  assert.deepEqual(difference?.values, {
    zs_in1k: 5.3,
    zs_ct256: 1.8,
    lp_in1k_1pct: 10.4,
    lp_in1k_10pct: 5.4,
    lp_in1k_100pct: 4.5,
    lp_ct256: 3.2,
  });
});

Deno.test("the schema refuses a number that is no percentage and a key it does not know", () => {
  const wrong = structuredClone(table) as unknown as { rows: { values: Record<string, number> }[] };
  wrong.rows[0]!.values["zs_in1k"] = 495;
  assert.ok(paperTableSchema.safeParse(table).success);
  assert.ok(!paperTableSchema.safeParse(wrong).success);
  assert.ok(!paperTableSchema.safeParse({ ...table, more: 1 }).success);
});

Deno.test("loadPaperTable names the nearest table", async () => {
  await assert.rejects(() => loadPaperTable("tabel2"), (error: Error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /Did you mean "table2"\?/);
    return true;
  });
});

import assert from "node:assert/strict";
import { openTable } from "./open_table.ts";

/** Keys of the trainings of a table, by row. */
async function trainKeys(table: string, store: string): Promise<Map<string, string>> {
  const { plan } = await openTable({ table, store });
  return new Map(
    plan.models.flatMap(({ train }) => train?.rowIds.map((row) => [row, train.key]) ?? []),
  );
}

/** Keys of the measurements of a table. */
async function measureKeys(table: string, store: string): Promise<Set<string>> {
  const { plan } = await openTable({ table, store });
  return new Set(plan.models.flatMap(({ measures }) => measures.map(({ key }) => key)));
}

async function withStore(test: (store: string) => Promise<void>): Promise<void> {
  const store = await Deno.makeTempDir();
  try {
    await test(store);
  } finally {
    await Deno.remove(store, { recursive: true });
  }
}

Deno.test("table6 asks for the students of table2 where a row is the same, and table7's are six", () =>
  withStore(async (store) => {
    const main = await trainKeys("table2", store);
    const losses = await trainKeys("table6", store);
    for (const row of ["rn18-seed", "rn18-lgd-200"]) assert.equal(losses.get(row), main.get(row));
    // The value of a sweep that is the published one is the published row.
    for (const row of ["alpha-0.5", "teacher-temperature-0.01", "student-temperature-0.2"]) {
      assert.equal(losses.get(`${row}-rn18-lgd-200`), main.get("rn18-lgd-200"), row);
    }
    assert.equal(losses.get("alpha-1-rn18-lgd-200"), losses.get("visual-only"));
    assert.equal(losses.get("alpha-0-rn18-lgd-200"), losses.get("textual-only"));
    assert.equal(new Set((await trainKeys("table7", store)).values()).size, 6);
  }));

Deno.test("table8 differs from the main rows in the teacher, and geometry from table7's in what is swept", () =>
  withStore(async (store) => {
    const main = await trainKeys("table2", store);
    const encoders = await trainKeys("table8", store);
    const texts = await trainKeys("table7", store);
    const study = await trainKeys("geometry", store);
    for (const row of ["rn18-seed", "rn18-lgd-200"]) assert.equal(encoders.get(row), main.get(row));
    const medium = { "rn18-seed": "no-text", "rn18-lgd-200": "rn18-lgd-90" };
    for (const [row, same] of Object.entries(medium)) {
      assert.equal(study.get(row), texts.get(same), row);
      for (const sweep of ["temperature-0.01", "length-1"]) {
        assert.equal(study.get(`${sweep}-${row}`), texts.get(same), sweep);
      }
    }
    assert.equal(study.get("names-553-rn18-lgd-200"), texts.get("rn18-lgd-90"));
    for (const row of Object.keys(medium)) {
      assert.equal(study.get(`length-2.2-${row}`), main.get(row), "as long as the main table's");
    }
    // docs/studies.md says how many, and how many of them are the other tables'.
    const own = new Set(study.values());
    const others = new Set([...main.values(), ...texts.values()]);
    assert.equal(own.size, 38);
    assert.equal(own.intersection(others).size, 5);
    assert.equal(study.get("cones-same-contrast-0-rn18-seed"), study.get("cones-0-rn18-seed"));
  }));

Deno.test("table6 shares the measurements of table2", () =>
  withStore(async (store) => {
    const main = await measureKeys("table2", store);
    const own = await measureKeys("table6", store);
    assert.equal([...own].filter((key) => main.has(key)).length, 6);
  }));

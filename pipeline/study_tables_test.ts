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

Deno.test("table6 and table7 ask for the students of table2 where a row is the same", () =>
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
    const texts = await trainKeys("table7", store);
    for (const row of ["rn18-lgd-90", "rn18-lgd-90-text-ct256"]) {
      assert.equal(texts.get(row), main.get(row));
    }
    assert.equal(new Set(texts.values()).size, 6);
  }));

Deno.test("table8 and geometry differ from the main rows in the teacher, or in what is swept", () =>
  withStore(async (store) => {
    const main = await trainKeys("table2", store);
    const encoders = await trainKeys("table8", store);
    const study = await trainKeys("geometry", store);
    for (const row of ["rn18-seed", "rn18-lgd-200"]) {
      assert.equal(encoders.get(row), main.get(row));
      assert.equal(study.get(row), main.get(row));
      for (const sweep of ["temperature-0.01", "length-1"]) {
        assert.equal(study.get(`${sweep}-${row}`), main.get(row), sweep);
      }
    }
    assert.equal(study.get("names-553-rn18-lgd-200"), main.get("rn18-lgd-200"));
    // docs/studies.md says how long they take.
    assert.equal(new Set(study.values()).size, 42);
    // The teachers of changed geometry are the same in both.
    assert.equal(study.get("cones-0-rn18-seed"), encoders.get("centered-seed"));
    assert.equal(study.get("cones-0.3-rn18-lgd-200"), encoders.get("offset-lgd"));
    assert.equal(study.get("cones-same-contrast-0-rn18-seed"), study.get("cones-0-rn18-seed"));
  }));

Deno.test("table6 and table7 share the measurements of table2", () =>
  withStore(async (store) => {
    const main = await measureKeys("table2", store);
    for (const [table, shared] of [["table6", 6], ["table7", 6]] as const) {
      const own = await measureKeys(table, store);
      assert.equal([...own].filter((key) => main.has(key)).length, shared, table);
    }
  }));

import assert from "node:assert/strict";
import { openTable } from "./open_table.ts";

Deno.test("table3 and table4 ask for the distilled students of table2, and for supervised ones that are trained longer", async () => {
  const store = await Deno.makeTempDir();
  try {
    const keysOf = async (table: string) => {
      const { plan } = await openTable({ table, store });
      return new Map(plan.models.map(({ id, train }) => [id, train?.key]));
    };
    const known = new Set((await keysOf("table2")).values());
    const table3 = await keysOf("table3"), table4 = await keysOf("table4");
    for (const [role, keys] of [["coco", table3], ["lvis", table4]] as const) {
      const own = [...keys].filter(([, key]) => !known.has(key)).map(([id]) => id);
      assert.deepEqual(own, [
        "rn18-random.seed0",
        "rn18-super.seed0",
        `rn18-lgd-text-${role}.seed0`,
        "mnv2-random.seed0",
        "mnv2-super.seed0",
        `mnv2-lgd-text-${role}.seed0`,
      ]);
    }
    for (const id of ["rn18-random.seed0", "rn18-super.seed0", "mnv2-super.seed0"]) {
      assert.equal(table3.get(id), table4.get(id), id);
    }
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { simulatedKinds, simulateGate } from "../testdata/simulate_gate.ts";

Deno.test("simulateGate() counts pairs of nights that fail", () => {
  assert.equal(new Set(simulatedKinds.map(({ name }) => name)).size, simulatedKinds.length);
  const kind = simulatedKinds.find(({ name }) => name === "few rows, 5 against 3 seeds, the same")!;
  assert.deepEqual(simulateGate(kind, { pairs: 2, loss: 0 }), { failed: 0, below: 0 });
  assert.deepEqual(simulateGate(kind, { pairs: 2, loss: 30 }), { failed: 2, below: 2 });
});

import assert from "node:assert/strict";
import { epochPermutations } from "./epoch_rows.ts";

const options = { count: 40, seed: 5, stream: "probe" };

Deno.test("epochPermutations draws every row once an epoch, in an order of its own for each", () => {
  const orderOf = epochPermutations(options);
  const orders = [0, 1, 2].map((epoch) => [...orderOf(epoch)]);
  const sorted = Array.from({ length: 40 }, (_, row) => row);
  for (const order of orders) assert.deepEqual([...order].sort((a, b) => a - b), sorted);
  assert.equal(new Set(orders.map(String)).size, 3);
});

Deno.test("epochPermutations gives an epoch's order again, whatever was asked before", () => {
  const orderOf = epochPermutations(options);
  const first = [...orderOf(0)], second = [...orderOf(1)];
  assert.deepEqual([...orderOf(0)], first);
  assert.deepEqual([...epochPermutations(options)(1)], second);
  assert.notDeepEqual([...epochPermutations({ ...options, seed: 6 })(1)], second);
  assert.notDeepEqual([...epochPermutations({ ...options, stream: "other" })(1)], second);
});

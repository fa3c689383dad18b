import assert from "node:assert/strict";
import { seedOfFreshView, seedOfView } from "./view_seed.ts";

Deno.test("seedOfFreshView differs between epochs, views of a step and seeds of a run", () => {
  const seeds = [0, 1].flatMap((seed) =>
    [0, 1, 2].flatMap((epoch) => [0, 1, 2].map((view) => seedOfFreshView(seed, epoch, view)))
  );
  assert.equal(new Set(seeds).size, 18);
  assert.equal(seedOfFreshView(1, 2, 1), seedOfFreshView(1, 2, 1));
});

Deno.test("seedOfView differs between views and seeds of a run, and is exact", () => {
  const seeds = [0, 1].flatMap((seed) => [0, 1, 2].map((view) => seedOfView(seed, view)));
  assert.equal(new Set(seeds).size, 6);
  assert(seeds.every(Number.isSafeInteger));
});

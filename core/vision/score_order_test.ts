import assert from "node:assert/strict";
import { RandomStream } from "../random.ts";
import { orderByScore, topScores } from "./score_order.ts";

Deno.test("orderByScore sorts by falling score, equal ones by index, NaN last", () => {
  const scores = Float32Array.of(0, NaN, -3, 2, -0, Infinity, 2, -Infinity, 1e-40);
  assert.deepEqual([...orderByScore(scores)], [5, 3, 6, 8, 0, 4, 2, 7, 1]);
});

Deno.test("topScores takes the first of that order from a range", () => {
  const random = new RandomStream(1, "scores");
  const scores = Float32Array.from({ length: 900 }, () => Math.round(random.normal() * 40) / 8);
  const inside = [...orderByScore(scores)].filter((index) => index >= 100 && index < 700);
  for (const count of [0, 1, 57, 300, 599, 600, 2000]) {
    assert.deepEqual([...topScores(scores, count, 100, 700)], inside.slice(0, count));
  }
});

import assert from "node:assert/strict";
import { RandomStream } from "../../core/random.ts";
import { type DriftSeries, findDrift } from "./drift.ts";

function simulate(nights: number, loss: number): DriftSeries[] {
  return Array.from({ length: 20 }, (_, place) => {
    const random = new RandomStream(3, "drift", place);
    return {
      position: `p${place}`,
      higherIsBetter: true,
      base: { value: 50 + 0.15 * random.normal(), error: 0.15 },
      nights: Array.from(
        { length: nights },
        () => 50 - (place === 0 ? loss : 0) + 0.6 * random.normal(),
      ),
    };
  });
}

Deno.test("findDrift() shows a loss of 1 point after enough nights, and nothing else", () => {
  assert.deepEqual(findDrift(simulate(7, 1)), [], "seven nights are too few");
  const found = findDrift(simulate(40, 1));
  assert.deepEqual(found.map(({ position }) => position), ["p0"]);
  assert.ok(Math.abs(found[0]!.difference + 1) < found[0]!.half);
  assert.deepEqual(findDrift(simulate(40, 0)), []);
});

Deno.test("findDrift() counts nights of the same numbers once", () => {
  const [series] = simulate(8, 5);
  const repeated = { ...series!, nights: new Array<number>(50).fill(40) };
  assert.deepEqual(findDrift([repeated]), []);
});

import assert from "node:assert/strict";
import { minimizeLbfgs, type Objective } from "./lbfgs.ts";

/** Σ 100·(x₂ᵢ − x₂ᵢ₋₁²)² + (1 − x₂ᵢ₋₁)², whose minimum is 0 at ones. */
const rosenbrock: Objective = (x, gradient) => {
  let value = 0;
  for (let place = 0; place < x.length; place += 2) {
    const a = x[place]!, b = x[place + 1]!;
    value += 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    gradient[place] = -400 * a * (b - a * a) - 2 * (1 - a);
    gradient[place + 1] = 200 * (b - a * a);
  }
  return Promise.resolve(value);
};

Deno.test("minimizeLbfgs() finds the minimum of Rosenbrock's valley", async () => {
  const start = Float64Array.of(-1.2, 1, -1.2, 1, 3, -2);
  const { x, value, iterations, converged } = await minimizeLbfgs(rosenbrock, start, {
    gradientTolerance: 1e-8,
    valueTolerance: 0,
  });
  assert(converged && value < 1e-12, `${value}`);
  for (const number of x) assert(Math.abs(number - 1) < 1e-6);
  assert(iterations < 100, `${iterations} iterations`);
  assert.equal(start[0], -1.2);
});

Deno.test("minimizeLbfgs() solves a quadratic whose curvatures are far apart", async () => {
  const curvatures = [1e-3, 1, 50, 1e4];
  const { x } = await minimizeLbfgs(
    (x, gradient) => {
      x.forEach((number, place) => gradient[place] = curvatures[place]! * (number - place));
      return Promise.resolve(
        x.reduce((sum, number, place) => sum + curvatures[place]! * (number - place) ** 2 / 2, 0),
      );
    },
    new Float64Array(4),
    { gradientTolerance: 1e-10, valueTolerance: 0 },
  );
  x.forEach((number, place) => assert(Math.abs(number - place) < 1e-5, `${place}: ${number}`));
});

Deno.test("minimizeLbfgs() says where it stopped too early, and ends at once at a minimum", async () => {
  const few = await minimizeLbfgs(rosenbrock, Float64Array.of(-1.2, 1), { maximumIterations: 3 });
  assert.deepEqual([few.converged, few.iterations], [false, 3]);
  const none = await minimizeLbfgs(rosenbrock, Float64Array.of(1, 1));
  assert.deepEqual([none.converged, none.iterations, none.value], [true, 0, 0]);
  const broken = await minimizeLbfgs(() => Promise.resolve(NaN), Float64Array.of(1));
  assert.deepEqual([broken.converged, broken.iterations], [false, 0]);
});

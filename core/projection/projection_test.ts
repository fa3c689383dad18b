import assert from "node:assert/strict";
import { ConfigError, DataError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { modalityGap, rPrecision, trustworthiness } from "./neighbour_measures.ts";
import { type Points, pointsOf, sortNeighbours, squaredDistances } from "./points.ts";
import { principalComponents, scaleToDeviation } from "./principal_components.ts";
import { tSne, tSneAffinities, tSneDivergence } from "./t_sne.ts";
import { umap } from "./umap.ts";

interface KnownAnswer {
  readonly dimension: number;
  readonly perplexity: number;
  readonly labels: number[];
  readonly points: number[];
  readonly positions: number[];
  readonly affinities: number[];
  readonly divergence: number;
  readonly gradient: number[];
  readonly reached: number;
  readonly trustworthiness: Record<string, number>;
  readonly components: number[];
}

const known: KnownAnswer = JSON.parse(
  await Deno.readTextFile(new URL("./testdata/projection.json", import.meta.url)),
);
const points = pointsOf(Float32Array.from(known.points), known.dimension, "points");
const positions = Float64Array.from(known.positions);

function assertNear(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  assert.equal(found.length, expected.length);
  for (let index = 0; index < found.length; index++) {
    const distance = Math.abs(found[index]! - expected[index]!);
    assert(distance <= tolerance, `${index}: ${found[index]}, expected ${expected[index]}`);
  }
}

/** Positions as points. */
function mapPoints(positions: Float64Array): Points {
  return pointsOf(Float32Array.from(positions), 2, "positions");
}

/** Groups of points far from each other. */
function groups(count: number, labels: number, seed = 1): Points {
  const random = new RandomStream(seed, "groups");
  const centres = Array.from(
    { length: labels },
    () => Array.from({ length: 8 }, () => 6 * random.normal()),
  );
  const rows = Float32Array.from(
    { length: 8 * count },
    (_, index) => centres[Math.floor(index / 8) % labels]![index % 8]! + random.normal(),
  );
  return pointsOf(rows, 8, "groups");
}

Deno.test("tSneAffinities() equals scikit-learn's", () => {
  const found = tSneAffinities(points, known.perplexity);
  assertNear(found, known.affinities, 2e-6);
  assert(Math.abs(found.reduce((sum, value) => sum + value, 0) - 1) < 1e-9);
});

Deno.test("tSneDivergence() is scikit-learn's objective at given positions, with its gradient", () => {
  const { divergence, gradient } = tSneDivergence(Float64Array.from(known.affinities), positions);
  assert(Math.abs(divergence - known.divergence) < 1e-6, `${divergence}, ${known.divergence}`);
  assertNear(gradient, known.gradient, 1e-6);
});

Deno.test("tSneDivergence() has the gradient of finite differences", () => {
  const affinities = tSneAffinities(points, known.perplexity);
  const { gradient } = tSneDivergence(affinities, positions);
  for (let index = 0; index < positions.length; index += 7) {
    const at = (by: number) =>
      tSneDivergence(affinities, positions.map((value, own) => own === index ? value + by : value))
        .divergence;
    assert(Math.abs((at(1e-5) - at(-1e-5)) / 2e-5 - gradient[index]!) < 1e-7);
  }
});

Deno.test("tSne() reaches what scikit-learn's optimiser reaches", () => {
  const found = tSne(points, { perplexity: known.perplexity });
  const { divergence } = tSneDivergence(tSneAffinities(points, known.perplexity), found);
  assert(divergence < 1.1 * known.reached, `${divergence}, scikit-learn ${known.reached}`);
});

Deno.test("tSne() and umap() give the same positions for a seed, others for another", () => {
  const some = groups(60, 3);
  const draw = [
    (seed: number) => tSne(some, { perplexity: 10, iterations: 300, seed }),
    (seed: number) => umap(some, { neighbours: 10, epochs: 100, seed }),
  ];
  for (const make of draw) {
    assert.deepEqual(make(4), make(4));
    assert.notDeepEqual(make(4), make(5));
    assert(make(4).every(Number.isFinite));
  }
});

Deno.test("tSne() and umap() keep groups that are far from each other apart", () => {
  const some = groups(90, 3);
  const labels = Array.from({ length: 90 }, (_, index) => index % 3);
  const distances = squaredDistances(some);
  for (const found of [tSne(some, { perplexity: 15 }), umap(some, { neighbours: 10 })]) {
    const own = squaredDistances(mapPoints(found));
    assert(rPrecision(own, labels) > 0.99);
    assert(trustworthiness(distances, own, 90, 10) > 0.8);
  }
});

Deno.test("umap() refuses fewer points than neighbours, and tSne() a perplexity of all points", () => {
  const some = groups(12, 3);
  assert.throws(() => umap(some, { neighbours: 12 }), (error) => {
    assert(error instanceof ConfigError);
    return /a UMAP of 12 points with 12 neighbours: .*more points than neighbours/.test(
      error.message,
    );
  });
  assert.throws(() => umap(some, { neighbours: 3, minDistance: -1 }), ConfigError);
  assert.equal(umap(some, { neighbours: 11, epochs: 10 }).length, 24);
  assert.throws(() => tSne(some, { perplexity: 12 }), /a t-SNE of 12 points with perplexity 12/);
});

Deno.test("pointsOf() names features that are not finite, constant or of another length", () => {
  const rows = Float32Array.of(1, 2, 3, NaN);
  assert.throws(
    () => pointsOf(rows, 2, "features of a"),
    (error) =>
      error instanceof DataError &&
      /features of a: .* got NaN in row 1, column 1/.test(error.message),
  );
  assert.throws(
    () => pointsOf(Float32Array.of(1, 2, 1, 2, 1, 2), 2, "features of b"),
    (error) =>
      error instanceof DataError &&
      /features of b: they are constant, all 3 rows/.test(error.message),
  );
  assert.throws(() => pointsOf(rows, 3, "features of c"), /expected rows of 3 numbers, got 4/);
});

Deno.test("tSne() and umap() refuse points that are not finite, or all the same", () => {
  const draw = [
    (points: Points) => tSne(points, { perplexity: 3 }),
    (points: Points) => umap(points, { neighbours: 3 }),
  ];
  const rows = (value: (index: number) => number): Points => ({
    rows: Float32Array.from({ length: 20 }, (_, index) => value(index)),
    count: 10,
    dimension: 2,
  });
  for (const make of draw) {
    assert.throws(() => make(rows((index) => index === 7 ? NaN : index)), (error) => {
      assert(error instanceof DataError);
      return /got NaN in row 3, column 1/.test(error.message);
    });
    assert.throws(() => make(rows((index) => index % 2)), (error) => {
      assert(error instanceof DataError);
      return /they are constant, all 10 rows are the same/.test(error.message);
    });
    assert.throws(() => make({ ...rows((index) => index), count: 9 }), ConfigError);
  }
});

Deno.test("points that are equal are drawn all the same", () => {
  const rows = Float32Array.from(
    { length: 40 },
    (_, index) => index < 20 ? index % 2 : 5 + index % 3,
  );
  const some = pointsOf(rows, 2, "pairs");
  assert(tSne(some, { perplexity: 5, iterations: 300 }).every(Number.isFinite));
  assert(umap(some, { neighbours: 5, epochs: 50 }).every(Number.isFinite));
});

Deno.test("trustworthiness() equals scikit-learn's, and is 1 for the points themselves", () => {
  const { count } = points;
  const distances = squaredDistances(points);
  const own = squaredDistances(mapPoints(positions));
  for (const [k, expected] of Object.entries(known.trustworthiness)) {
    const found = trustworthiness(distances, own, count, Number(k));
    assert(Math.abs(found - expected) < 1e-8, `k = ${k}: ${found}, expected ${expected}`);
  }
  assert.equal(trustworthiness(distances, distances, count, 5), 1);
  assert.throws(() => trustworthiness(distances, own, count, 30), ConfigError);
});

Deno.test("principalComponents() equals scikit-learn's up to signs", () => {
  assertNear(principalComponents(points).map(Math.abs), known.components, 1e-4);
  const scaled = scaleToDeviation(principalComponents(points), 3);
  let squares = 0;
  for (let point = 0; point < points.count; point++) squares += scaled[2 * point]! ** 2;
  assert(Math.abs(Math.sqrt(squares / points.count) - 3) < 1e-9);
});

Deno.test("sortNeighbours() takes the first of equally near points first, and no point itself", () => {
  const line = pointsOf(Float32Array.of(0, 2, 1, -1), 1, "line");
  assert.deepEqual(sortNeighbours(squaredDistances(line), 4, 0), [2, 3, 1]);
});

Deno.test("rPrecision() and modalityGap() are what they say", () => {
  const line = squaredDistances(pointsOf(Float32Array.of(0, 1, 10, 11), 1, "line"));
  // Of the two nearest of 0 and 1 one is of their label; of those of 11 one too; 10 has no like.
  assert.equal(rPrecision(line, [0, 0, 1, 0]), 0.5);
  assert.equal(rPrecision(line, [0, 0, 1, 1]), 1);
  assert(Number.isNaN(rPrecision(line, [0, 1, 2, 3])));
  const left = pointsOf(Float32Array.of(0, 1, 0, 3), 2, "left");
  const right = pointsOf(Float32Array.of(3, 6, 3, 6.5), 2, "right");
  assert.equal(modalityGap(left, right), Math.hypot(3, 4.25));
});

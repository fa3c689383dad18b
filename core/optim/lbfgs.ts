/**
 * L-BFGS, for smooth functions of many numbers whose gradient is exact (Nocedal and Wright, Numerical
 * Optimization, 2nd edition: algorithm 7.5 with the line search of 3.5 and 3.6).
 *
 * @module
 */

/** Options of {@linkcode minimizeLbfgs}. */
export interface LbfgsOptions {
  /** Pairs of steps and changes of the gradient that are kept. @default {10} */
  readonly memory?: number;
  /** Most iterations. @default {1000} */
  readonly maximumIterations?: number;
  /** It ends where no number of the gradient is larger. @default {1e-4} */
  readonly gradientTolerance?: number;
  /** It ends where an iteration gains less than this share of the value. @default {1e-9} */
  readonly valueTolerance?: number;
}

/** Where {@linkcode minimizeLbfgs} ended. */
export interface LbfgsResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /**
   * Whether the gradient or the gain became small enough, or no lower value was to be found, which is where
   * rounding ends the search; false where the function is not finite.
   */
  readonly converged: boolean;
}

/** Value of the function at x; its gradient goes into the second argument. */
export type Objective = (x: Float64Array, gradient: Float64Array) => Promise<number>;

/** A point on the line of a search. */
interface LinePoint {
  readonly length: number;
  readonly value: number;
  /** Derivative along the line. */
  readonly slope: number;
  readonly x: Float64Array;
  readonly gradient: Float64Array;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/** The minimum of the cubic through two points with their slopes, kept inside the interval. */
function cubicMinimum(a: LinePoint, b: LinePoint): number {
  const d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length);
  const square = d1 * d1 - a.slope * b.slope;
  const middle = (a.length + b.length) / 2;
  if (!(square >= 0)) return middle;
  const d2 = Math.sign(b.length - a.length) * Math.sqrt(square);
  const length = b.length -
    (b.length - a.length) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  const low = Math.min(a.length, b.length), high = Math.max(a.length, b.length);
  const margin = 0.1 * (high - low);
  return length > low + margin && length < high - margin ? length : middle;
}

/** Bounds of the strong Wolfe conditions. */
const sufficientDecrease = 1e-4, curvature = 0.9;

/** A point that meets the strong Wolfe conditions, or the best that was found. */
async function searchLine(
  evaluate: (length: number) => Promise<LinePoint>,
  start: LinePoint,
  first: number,
): Promise<LinePoint> {
  const decreases = (point: LinePoint) =>
    point.value <= start.value + sufficientDecrease * point.length * start.slope;
  const isFlat = (point: LinePoint) => Math.abs(point.slope) <= -curvature * start.slope;
  const zoom = async (low: LinePoint, high: LinePoint): Promise<LinePoint> => {
    for (let trial = 0; trial < 20; trial++) {
      const point = await evaluate(cubicMinimum(low, high));
      if (!decreases(point) || point.value >= low.value) high = point;
      else {
        if (isFlat(point)) return point;
        if (point.slope * (high.length - low.length) >= 0) high = low;
        low = point;
      }
    }
    return low;
  };
  let previous = start, length = first;
  for (let trial = 0; trial < 20; trial++) {
    const point = await evaluate(length);
    if (!decreases(point) || (trial > 0 && point.value >= previous.value)) {
      return await zoom(previous, point);
    }
    if (isFlat(point)) return point;
    if (point.slope >= 0) return await zoom(point, previous);
    previous = point;
    length *= 2;
  }
  return previous;
}

/**
 * Minimises a function.
 *
 * @param evaluate Value and gradient.
 * @param start Where it begins; left as it is.
 */
export async function minimizeLbfgs(
  evaluate: Objective,
  start: Float64Array,
  options: LbfgsOptions = {},
): Promise<LbfgsResult> {
  const { memory = 10, maximumIterations = 1000, gradientTolerance = 1e-4, valueTolerance = 1e-9 } =
    options;
  let x: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(x.length);
  let value = await evaluate(x, gradient);
  if (!Number.isFinite(value)) return { x, value, iterations: 0, converged: false };
  const pairs: { step: Float64Array; change: Float64Array; scale: number }[] = [];
  for (let iteration = 0; iteration < maximumIterations; iteration++) {
    if (largest(gradient) <= gradientTolerance) {
      return { x, value, iterations: iteration, converged: true };
    }
    const direction = gradient.map((number) => -number);
    const weights = pairs.map(() => 0);
    for (let index = pairs.length - 1; index >= 0; index--) {
      const { step, change, scale } = pairs[index]!;
      weights[index] = scale * dot(step, direction);
      change.forEach((number, place) => direction[place]! -= weights[index]! * number);
    }
    const last = pairs.at(-1);
    if (last) {
      const scale = dot(last.step, last.change) / dot(last.change, last.change);
      direction.forEach((number, place) => direction[place] = number * scale);
    }
    pairs.forEach(({ step, change, scale }, index) => {
      const weight = weights[index]! - scale * dot(change, direction);
      step.forEach((number, place) => direction[place]! += weight * number);
    });
    const origin = x;
    const point = async (length: number): Promise<LinePoint> => {
      const at = origin.map((number, place) => number + length * direction[place]!);
      const slopes = new Float64Array(at.length);
      const found = await evaluate(at, slopes);
      return { length, value: found, slope: dot(slopes, direction), x: at, gradient: slopes };
    };
    const here = { length: 0, value, slope: dot(gradient, direction), x, gradient };
    // Without curvature to go by, a step of length 1 at most.
    const first = last ? 1 : Math.min(1, 1 / Math.sqrt(-here.slope));
    const next = await searchLine(point, here, first);
    const gain = value - next.value;
    if (!(gain > 0)) return { x, value, iterations: iteration, converged: true };
    const step = next.x.map((number, place) => number - x[place]!);
    const change = next.gradient.map((number, place) => number - gradient[place]!);
    const product = dot(step, change);
    if (product > 1e-10 * dot(change, change)) {
      pairs.push({ step, change, scale: 1 / product });
      if (pairs.length > memory) pairs.shift();
    }
    const small = gain <= valueTolerance * Math.max(Math.abs(value), Math.abs(next.value), 1);
    ({ x, value, gradient } = next);
    if (small) return { x, value, iterations: iteration + 1, converged: true };
  }
  return { x, value, iterations: maximumIterations, converged: false };
}

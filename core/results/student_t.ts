/**
 * Student's t distribution.
 *
 * @module
 */

/** Coefficients of Lanczos' approximation with g = 7, n = 9 (Godfrey 2001). */
const lanczos = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** log Γ(x) for x ≥ 0.5. */
function logGamma(x: number): number {
  let sum: number = lanczos[0];
  for (let term = 1; term < lanczos.length; term++) sum += lanczos[term]! / (x - 1 + term);
  const base = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

/** The continued fraction of the incomplete beta function, by Lentz' method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number) => Math.abs(value) < tiny ? tiny : value;
  let c = 1;
  let d = 1 / away(1 - (a + b) * x / (a + 1));
  let result = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const factor = d * c;
    result *= factor;
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return result;
}

/** The regularised incomplete beta function I_x(a, b). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return x < (a + 1) / (a + b + 2)
    ? front * betaFraction(x, a, b) / a
    : 1 - front * betaFraction(1 - x, b, a) / b;
}

function assertDegrees(degrees: number): void {
  if (degrees > 0) return;
  throw new RangeError(`Cannot use Student's t: expected degrees of freedom > 0, got ${degrees}`);
}

/**
 * Probability that a number with Student's t distribution is larger than `t`.
 *
 * @param degrees Degrees of freedom; need not be whole, and may be infinite.
 * @throws {RangeError} for degrees that are not positive.
 */
export function studentTail(t: number, degrees: number): number {
  assertDegrees(degrees);
  if (Number.isNaN(t)) return NaN;
  if (Math.abs(t) === Infinity) return t > 0 ? 0 : 1;
  // From 1e7 on the normal distribution is the same to ten digits.
  const finite = Math.min(degrees, 1e7);
  const half = 0.5 * incompleteBeta(finite / (finite + t * t), finite / 2, 0.5);
  return t >= 0 ? half : 1 - half;
}

/**
 * The number that one of Student's t distribution is below with a probability.
 *
 * @param probability Above 0, below 1.
 * @param degrees Degrees of freedom; need not be whole, and may be infinite.
 * @throws {RangeError} where one of them is out of range.
 */
export function studentQuantile(probability: number, degrees: number): number {
  assertDegrees(degrees);
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(
      `Cannot use Student's t: expected a probability between 0 and 1, got ${probability}`,
    );
  }
  if (probability < 0.5) return -studentQuantile(1 - probability, degrees);
  const tail = 1 - probability;
  let low = 0, high = 1;
  while (studentTail(high, degrees) > tail) {
    low = high;
    high *= 2;
  }
  // The tail falls, so halving the interval finds the last bit.
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (studentTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return high;
}

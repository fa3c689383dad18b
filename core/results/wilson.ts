/**
 * Wilson's interval of a share.
 *
 * @module
 */

import { normalQuantile975 as z } from "./student_t.ts";

/**
 * The 95 % score interval of a share of independent trials (Wilson 1927): also where all or none succeed
 * it is no point, unlike a bootstrap's. Views of one image are not independent: count images.
 *
 * @param successes 0 to `trials`; need not be whole.
 * @param trials More than 0.
 * @returns The ends, 0 to 1.
 * @throws {RangeError} where the numbers are none of a share.
 */
export function wilsonInterval(successes: number, trials: number): [low: number, high: number] {
  if (!(trials > 0 && Number.isFinite(trials) && successes >= 0 && successes <= trials)) {
    throw new RangeError(
      `Cannot compute an interval: expected 0 ≤ successes ≤ trials and trials > 0, got ` +
        `${successes} successes of ${trials} trials`,
    );
  }
  const share = successes / trials, weight = z * z / trials;
  const middle = (share + weight / 2) / (1 + weight);
  const half = z / (1 + weight) * Math.sqrt((share * (1 - share) + weight / 4) / trials);
  return [
    successes === 0 ? 0 : Math.max(0, middle - half),
    successes === trials ? 1 : Math.min(1, middle + half),
  ];
}

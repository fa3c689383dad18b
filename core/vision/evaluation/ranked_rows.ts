/**
 * Rows of evidence in the order of their scores, by category.
 *
 * @module
 */

import { orderByScore } from "../score_order.ts";

/** Most scores that {@linkcode orderByScore} sorts. */
const mostSorted = 2 ** 21;

/** Indices of any number of scores, the greatest first, equal ones by their index. */
function orderMany(scores: Float32Array): Uint32Array {
  if (scores.length <= mostSorted) return orderByScore(scores);
  const order = Uint32Array.from(scores.keys());
  return order.sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * Rows of each category, the best score first, of equal scores the former row first.
 *
 * @param category Category of each row, `[rows]`.
 * @param categories How many there are; more than the greatest in `category`.
 */
export function rankByCategory(
  category: ArrayLike<number>,
  score: Float32Array,
  categories: number,
): Uint32Array[] {
  const starts = new Uint32Array(categories + 1);
  for (let row = 0; row < score.length; row++) starts[category[row]! + 1]!++;
  for (let index = 0; index < categories; index++) starts[index + 1]! += starts[index]!;
  const next = starts.slice();
  const rows = new Uint32Array(score.length);
  const scores = new Float32Array(score.length);
  for (let row = 0; row < score.length; row++) {
    const place = next[category[row]!]!++;
    rows[place] = row;
    scores[place] = score[row]!;
  }
  return Array.from({ length: categories }, (_, index) => {
    const start = starts[index]!;
    return orderMany(scores.subarray(start, starts[index + 1]!))
      .map((place) => rows[start + place]!);
  });
}

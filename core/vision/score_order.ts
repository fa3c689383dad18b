/**
 * Orders of scores: the greatest first, equal ones by their index. NaN stands behind everything.
 *
 * @module
 */

const indexRoom = 2 ** 21;
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** A whole number that grows as the score falls: 0 … 2³² − 1. */
function descendingKey(score: number): number {
  if (score !== score) return 0xffffffff;
  // + 0 makes of −0 what it equals.
  float[0] = score + 0;
  const bits = word[0]!;
  return bits >>> 31 === 0 ? 0x7fffffff - bits : bits;
}

/** Sorts numbers made of key and index, and leaves the indices. */
function sortedIndices(keys: Float64Array): Uint32Array {
  keys.sort();
  const indices = new Uint32Array(keys.length);
  for (let place = 0; place < keys.length; place++) {
    const key = keys[place]!;
    indices[place] = key - Math.floor(key / indexRoom) * indexRoom;
  }
  return indices;
}

function assertSortable(count: number): void {
  if (count > indexRoom) {
    throw new RangeError(`Order scores: expected at most ${indexRoom} of them, got ${count}`);
  }
}

/** Indices of all scores, the greatest first. */
export function orderByScore(scores: Float32Array): Uint32Array {
  assertSortable(scores.length);
  const keys = new Float64Array(scores.length);
  for (let index = 0; index < scores.length; index++) {
    keys[index] = descendingKey(scores[index]!) * indexRoom + index;
  }
  return sortedIndices(keys);
}

/**
 * Indices of the `count` greatest of a range of scores, the greatest first; all of them where there
 * are fewer.
 *
 * @param from First of the range; default: 0.
 * @param to Behind the last of the range; default: the end.
 */
export function topScores(
  scores: Float32Array,
  count: number,
  from = 0,
  to: number = scores.length,
): Uint32Array {
  assertSortable(scores.length);
  const length = to - from;
  if (length <= count) return orderByScore(scores.subarray(from, to)).map((index) => index + from);
  // A histogram of the keys' upper halves says from which key on all are needed.
  const histogram = new Uint32Array(65536);
  const keys = new Uint32Array(length);
  for (let index = 0; index < length; index++) {
    const key = descendingKey(scores[from + index]!);
    keys[index] = key;
    histogram[key >>> 16]!++;
  }
  let bucket = 0;
  for (let reached = histogram[0]!; reached < count;) reached += histogram[++bucket]!;
  const candidates: number[] = [];
  for (let index = 0; index < length; index++) {
    if (keys[index]! >>> 16 <= bucket) candidates.push(keys[index]! * indexRoom + from + index);
  }
  return sortedIndices(Float64Array.from(candidates)).subarray(0, count);
}

/**
 * Precision at fixed recalls of ranked detections, each image counted as often as it was drawn.
 *
 * @module
 */

/**
 * Ranked detections of many lists (categories, thresholds), one list behind the other. A detection
 * that is ignored is in no list, nor is one behind the last that is right: neither changes anything.
 */
export interface RankedLists {
  /** 2 × sample + 1 where the detection is right, 2 × sample where it is wrong. */
  readonly entries: Uint32Array;
  /** Start of each list and the end of the last, `[lists + 1]`. */
  readonly starts: Uint32Array;
}

/** Lists of entries in one array, each cut behind the last detection that is right. */
export function joinLists(lists: readonly (readonly number[])[]): RankedLists {
  const kept = lists.map((list) => list.findLastIndex((entry) => entry % 2 === 1) + 1);
  const starts = new Uint32Array(lists.length + 1);
  kept.forEach((length, list) => starts[list + 1] = starts[list]! + length);
  const entries = new Uint32Array(starts[lists.length]!);
  lists.forEach((list, index) => {
    for (let place = 0; place < kept[index]!; place++) {
      entries[starts[index]! + place] = list[place]!;
    }
  });
  return { entries, starts };
}

/**
 * Reads interpolated precision at fixed recalls. An image that was drawn n times counts n times, each
 * of its detections behind itself.
 *
 * Source: `COCOeval.accumulate`, without the 2⁻⁵² in its denominator, which only serves 0 / 0.
 */
export class PrecisionReader {
  readonly #lists: RankedLists;
  readonly #recalls: Float64Array;
  readonly #recall: Float64Array;
  readonly #precision: Float64Array;

  /** @param recalls Recalls at which precision is read, rising from 0. */
  constructor(lists: RankedLists, recalls: Float64Array) {
    this.#lists = lists;
    this.#recalls = recalls;
    let longest = 0;
    for (let list = 1; list < lists.starts.length; list++) {
      longest = Math.max(longest, lists.starts[list]! - lists.starts[list - 1]!);
    }
    this.#recall = new Float64Array(longest);
    this.#precision = new Float64Array(longest);
  }

  /**
   * Sum over the recalls of the greatest precision at that recall or a higher one; 0 for those that are
   * not reached.
   *
   * @param weights How often each sample was drawn.
   * @param objects How many objects there are to be found, counted in the same way; above 0.
   * @param output Gets the precision at each recall, where given.
   */
  sum(list: number, weights: Float64Array, objects: number, output?: Float64Array): number {
    const { entries, starts } = this.#lists;
    const recall = this.#recall, precision = this.#precision, recalls = this.#recalls;
    let right = 0, all = 0, points = 0;
    for (let place = starts[list]!; place < starts[list + 1]!; place++) {
      const entry = entries[place]!;
      const weight = weights[entry >>> 1]!;
      all += weight;
      if ((entry & 1) === 0 || weight === 0) continue;
      right += weight;
      recall[points] = right / objects;
      precision[points++] = right / all;
    }
    output?.fill(0);
    if (points === 0) return 0;
    let next = recalls.length - 1;
    while (recalls[next]! > recall[points - 1]!) next--;
    let best = 0, sum = 0;
    for (let point = points - 1; point >= 0; point--) {
      if (precision[point]! > best) best = precision[point]!;
      const below = point === 0 ? -1 : recall[point - 1]!;
      for (; next >= 0 && recalls[next]! > below; next--) {
        sum += best;
        if (output !== undefined) output[next] = best;
      }
    }
    return sum;
  }
}

/**
 * Run lengths of COCO's masks, as lists of numbers or packed into strings.
 *
 * @module
 */

/** Most pixels of a mask. */
const mostPixels = 2 ** 28;

/**
 * Unpacks COCO's strings: numbers in digits of five bits from the lowest, each digit in a character
 * from 48 up with the sixth bit for "more follow", each number but the first three as a difference from
 * the one two before it.
 *
 * @returns What is wrong, where something is.
 */
function unpackRuns(text: string): number[] | string {
  const runs: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0, shift = 0, digit: number;
    do {
      digit = at < text.length ? text.charCodeAt(at) - 48 : -1;
      if (digit < 0) return "the string of run lengths is cut short or has a strange character";
      if (digit > 63 || shift > 30) return "the string of run lengths has a strange character";
      value |= (digit & 31) << shift;
      shift += 5;
      at++;
    } while ((digit & 32) !== 0);
    if ((digit & 16) !== 0 && shift < 32) value |= -1 << shift;
    if (runs.length > 2) value += runs[runs.length - 2]!;
    if (value < 0) return `a run has a length of ${value}`;
    runs.push(value);
  }
  return runs;
}

/** The run lengths of a mask; what is wrong with them, where something is. */
export function readRuns(counts: unknown, height: number, width: number): Uint32Array | string {
  const pixels = height * width;
  const isSide = (side: number) => Number.isInteger(side) && side > 0;
  if (!isSide(height) || !isSide(width) || pixels > mostPixels) {
    return "the size of the mask is not two whole numbers of pixels";
  }
  const runs = typeof counts === "string"
    ? unpackRuns(counts)
    : Array.isArray(counts)
    ? counts as unknown[]
    : "its run lengths are neither a list nor a string";
  if (typeof runs === "string") return runs;
  const checked = new Uint32Array(runs.length);
  let sum = 0;
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index];
    if (typeof run !== "number" || !Number.isInteger(run) || run < 0 || run > pixels) {
      return "a run length is not a whole number of pixels";
    }
    checked[index] = run;
    sum += run;
  }
  return sum === pixels ? checked : "the run lengths do not sum to height × width";
}

/**
 * Run lengths as text, as COCO's files and results have them: differences of lengths, six bits to a
 * character.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { assertMaskSize, maskFromCounts, type RunLengthMask } from "./run_length.ts";

const firstCharacter = 48;

/** The run lengths of a mask as text. */
export function toRunLengthString({ counts }: RunLengthMask): string {
  const codes: number[] = [];
  for (let index = 0; index < counts.length; index++) {
    // Lengths are below 2²⁸, so differences fit 32 bits.
    let rest = counts[index]! - (index > 2 ? counts[index - 2]! : 0);
    for (let more = true; more;) {
      const bits = rest & 0x1f;
      rest >>= 5;
      more = (bits & 0x10) !== 0 ? rest !== -1 : rest !== 0;
      codes.push(firstCharacter + bits + (more ? 0x20 : 0));
    }
  }
  const parts: string[] = [];
  for (let start = 0; start < codes.length; start += 8192) {
    parts.push(String.fromCharCode(...codes.slice(start, start + 8192)));
  }
  return parts.join("");
}

/**
 * The mask of a text.
 *
 * @param what What is read, for the message, such as a file and an annotation's id.
 * @throws {DataError} if the text is damaged, or its runs do not sum to height × width.
 */
export function fromRunLengthString(
  text: string,
  height: number,
  width: number,
  what = "mask",
): RunLengthMask {
  assertMaskSize(height, width, what);
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    for (let shift = 0, more = true; more; shift += 5) {
      const code = text.charCodeAt(at) - firstCharacter;
      // A number of at most 28 bits and its sign take six characters.
      if (!(code >= 0 && code < 64) || shift > 25) {
        throw new DataError(
          at < text.length
            ? `${what}: character ${at} of the run lengths is ${JSON.stringify(text[at])}, which ${
              shift > 25 ? "makes a run longer than any mask" : "no run length has"
            }`
            : `${what}: the run lengths end in the middle of a number: the text was cut off`,
        );
      }
      value |= (code & 0x1f) << shift;
      more = (code & 0x20) !== 0;
      // The highest bit of the last character is the sign.
      if (!more && (code & 0x10) !== 0) value |= -1 << (shift + 5);
      at++;
    }
    counts.push(counts.length > 2 ? value + counts.at(-2)! : value);
  }
  return maskFromCounts(counts, height, width, what);
}

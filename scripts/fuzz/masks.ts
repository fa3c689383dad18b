/**
 * Parsers of masks as data sets and results have them. They have no checksum.
 *
 * @module
 */

import { DataError } from "../../core/errors.ts";
import { sha256 } from "../../core/files.ts";
import { rasterizePolygon } from "../../core/vision/polygons.ts";
import { decodeMask, maskArea, maskBox, type RunLengthMask } from "../../core/vision/run_length.ts";
import { fromRunLengthString } from "../../core/vision/run_length_string.ts";
import { type FuzzParser, textSeed } from "./parser.ts";

/** The words of a text of which the first two are a height and a width. */
function wordsOf(bytes: Uint8Array): { height: number; width: number; words: string[] } {
  const [height, width, ...words] = new TextDecoder().decode(bytes).split(" ");
  return { height: Number(height), width: Number(width), words };
}

/** By what masks are compared; every loop over runs has run. */
function digest(mask: RunLengthMask): unknown {
  // A mask of 256 megapixels is good; to draw it would only take time.
  const pixels = mask.height * mask.width > 1e6 ? undefined : sha256(decodeMask(mask));
  return { area: maskArea(mask), box: maskBox(mask), pixels };
}

const runLengths: FuzzParser = {
  name: "run lengths",
  isChecked: false,
  open: () =>
    Promise.resolve({
      seeds: [
        textSeed("a square", "5 6 6230009"),
        textSeed(
          "noise",
          "12 12 11121N60I0001140N0N0O0010N10O060J01000012ON30MO17OI43NMN50K0114OK010",
        ),
      ],
      parse(bytes) {
        const { height, width, words } = wordsOf(bytes);
        return digest(fromRunLengthString(words.join(" "), height, width, "mask"));
      },
    }),
};

const polygon: FuzzParser = {
  name: "polygon",
  isChecked: false,
  open: () =>
    Promise.resolve({
      seeds: [textSeed("a star", "40 50 3.5 2.25 48 7 20.125 39 9.5 9.5 -4 30")],
      parse(bytes) {
        const { height, width, words } = wordsOf(bytes);
        if (words.length > 1000) throw new DataError("mask: too long for a test");
        return digest(rasterizePolygon(Float64Array.from(words, Number), height, width, "mask"));
      },
    }),
};

/** Parsers of masks. */
export const maskParsers: readonly FuzzParser[] = [runLengths, polygon];

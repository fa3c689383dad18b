/**
 * Every parser that reads files which nobody vouches for.
 *
 * @module
 */

import { compileGlob } from "../../core/recipe/glob.ts";
import { annotationParsers } from "./annotations.ts";
import { cacheParsers } from "./cache.ts";
import { detectionParsers } from "./detection.ts";
import { historyParsers } from "./history.ts";
import { imageParsers } from "./images.ts";
import { labelParsers } from "./label_maps.ts";
import { maskParsers } from "./masks.ts";
import type { FuzzParser } from "./parser.ts";
import { resealedParsers } from "./resealed.ts";
import { resultParsers } from "./results.ts";
import { segmentationParsers } from "./segmentation.ts";
import { textParsers } from "./texts.ts";
import { weightParsers } from "./weights.ts";

/** All of them; a new parser is one line in its group. */
export const fuzzParsers: readonly FuzzParser[] = [
  ...imageParsers,
  ...weightParsers,
  ...textParsers,
  ...annotationParsers,
  ...labelParsers,
  ...maskParsers,
  ...resultParsers,
  ...historyParsers,
  ...detectionParsers,
  ...segmentationParsers,
  ...cacheParsers,
  ...resealedParsers,
];

/** The parsers whose names match a glob. */
export function chooseParsers(glob: string): FuzzParser[] {
  const matches = compileGlob(glob);
  return fuzzParsers.filter(({ name }) => matches(name));
}

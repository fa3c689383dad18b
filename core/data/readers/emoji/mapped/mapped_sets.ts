/**
 * The sets of scenes with a class for every pixel.
 *
 * @module
 */

import { placeSet } from "../places/place_set.ts";
import { streetSet } from "../streets/street_set.ts";
import type { MappedSet } from "./mapped_set.ts";

/** All of them. */
export const mappedSets: readonly MappedSet[] = [streetSet, placeSet];

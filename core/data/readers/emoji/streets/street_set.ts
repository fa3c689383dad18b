/**
 * EmojiScapes: street scenes composed of icons and patterns, with a class for every pixel.
 *
 * @module
 */

import type { MappedSet } from "../mapped/mapped_set.ts";
import { type StreetClass, streetClasses, streetSubjects } from "./street_classes.ts";
import { streetHeight, streetVersion, streetWidth } from "./street_layout.ts";
import { drawStreetParts } from "./street_parts.ts";

/** The set of street scenes. */
export const streetSet: MappedSet<StreetClass> = {
  name: "emojiscapes-19",
  title: "EmojiScapes-19",
  classNames: streetClasses,
  size: { width: streetWidth, height: streetHeight },
  counts: { train: 1000, dev: 150, val: 200, ood: 200 },
  versions: { streetVersion },
  subjects: streetSubjects,
  parts: drawStreetParts,
};

/**
 * What tests know a layout by.
 *
 * @module
 */

import { hashJson } from "../../../../../files.ts";
import type { MappedPart } from "../scene_parts.ts";

/** Hash of what scenes show, and where; it does not depend on how icons are drawn. */
export function hashLayout(scenes: readonly (readonly MappedPart<string>[])[]): string {
  return hashJson(
    scenes.map((parts) =>
      parts.map((part) =>
        part.kind === "icon" ? { ...part, icon: [part.icon.set.name, part.icon.id] } : {
          ...part,
          pattern: {
            ...part.pattern,
            colours: [...part.pattern.colours],
            lattice: [...part.pattern.lattice],
          },
        }
      )
    ),
  );
}

/**
 * The emojis that stand for the classes of a set of scenes.
 *
 * @module
 */

import type { Concept } from "../concepts.ts";
import type { IconSubject } from "../icon_raster.ts";
import { iconsOfSplit, iconsWithOutline } from "../scenes/scene_sets.ts";
import type { MappedMaterial, PartClass } from "./scene_parts.ts";

/** Concepts by class. */
export type ConceptsByClass<C extends string> = Readonly<
  Partial<Record<PartClass<C>, readonly string[]>>
>;

/** A concept as a part of scenes. */
export interface MappedSubject<C extends string> extends IconSubject {
  readonly class: PartClass<C>;
}

/** The concepts that scenes show, in the order of the classes. */
export function mappedSubjects<C extends string>(
  classes: readonly PartClass<C>[],
  conceptsOf: ConceptsByClass<C>,
  concepts: readonly Concept[],
): MappedSubject<C>[] {
  const byId = new Map(concepts.map((concept) => [concept.id, concept]));
  return classes.flatMap((name) =>
    (conceptsOf[name] ?? []).map((id) => {
      const concept = byId.get(id);
      if (concept === undefined) throw new Error(`internal: no concept ${id}`);
      return { id, icons: iconsWithOutline(concept), class: name };
    })
  );
}

/** The drawings that a split's scenes are made of. */
export function mappedMaterial<C extends string>(
  split: string,
  subjects: readonly MappedSubject<C>[],
): MappedMaterial<C> {
  const names = new Set(subjects.map((subject) => subject.class));
  return {
    split,
    icons: new Map(
      Array.from(names, (name) => [
        name,
        iconsOfSplit(subjects.filter((subject) => subject.class === name), split),
      ]),
    ),
  };
}

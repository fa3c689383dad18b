/**
 * The embedded sets: which concepts each has, and what its labels are.
 *
 * @module
 */

import type { Concept, ConceptSplit } from "./concepts.ts";

/** One embedded set. */
export interface EmojiSet {
  readonly name: string;
  readonly title: string;
  /** Splits of concepts that it takes. */
  readonly conceptSplits: readonly ConceptSplit[];
  /** Only the 100 classes with the most drawings. */
  readonly mini?: boolean;
  /** Labels are the subgroups with at least six classes, instead of the classes. */
  readonly subgroups?: boolean;
}

/** All embedded sets; the number in a name is the number of its labels. */
export const emojiSets: readonly EmojiSet[] = [
  { name: "emojinet-553", title: "EmojiNet-553", conceptSplits: ["pretrain"] },
  { name: "emojinet-100", title: "EmojiNet-100", conceptSplits: ["pretrain"], mini: true },
  { name: "emojitech-126", title: "EmojiTech-126", conceptSplits: ["transfer"] },
  { name: "emojiunseen-65", title: "EmojiUnseen-65", conceptSplits: ["unseen"] },
  {
    name: "emojisub-38",
    title: "EmojiSub-38",
    conceptSplits: ["pretrain", "transfer"],
    subgroups: true,
  },
  {
    name: "emojiteacher-679",
    title: "EmojiTeacher-679 (all classes that a teacher may see)",
    conceptSplits: ["pretrain", "transfer"],
  },
];

/** Fewest classes that make a subgroup a label of EmojiSub-38. */
const smallestSubgroup = 6;

/** Concepts and labels of an embedded set. */
export interface EmojiSetContent {
  readonly classNames: readonly string[];
  /** In the order of the concept table; twins carry the label of the class they are merged into. */
  readonly concepts: readonly { readonly concept: Concept; readonly label: number }[];
}

/** Works out the classes of a set and the label of each of its concepts. */
export function selectConcepts(set: EmojiSet, concepts: readonly Concept[]): EmojiSetContent {
  const roots = new Map(concepts.map((concept) => [concept.id, concept]));
  const chosen = concepts.filter((concept) =>
    concept.split !== undefined && set.conceptSplits.includes(concept.split) &&
    (set.mini !== true || concept.mini)
  );
  const classes = chosen.filter((concept) => concept.root === concept.id);
  const keyOf = (concept: Concept) => {
    const root = roots.get(concept.root)!;
    return set.subgroups === true ? root.subgroup : root.id;
  };
  const sizes = new Map<string, number>();
  for (const concept of classes) {
    sizes.set(keyOf(concept), (sizes.get(keyOf(concept)) ?? 0) + 1);
  }
  const least = set.subgroups === true ? smallestSubgroup : 1;
  const keys = [...sizes].filter(([, size]) => size >= least).map(([key]) => key);
  const labels = new Map(keys.map((key, label) => [key, label]));
  return {
    classNames: keys.map((key) =>
      set.subgroups === true ? key.replaceAll("-", " ") : roots.get(key)!.className
    ),
    concepts: chosen.flatMap((concept) => {
      const label = labels.get(keyOf(concept));
      return label === undefined ? [] : [{ concept, label }];
    }),
  };
}

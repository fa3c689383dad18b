/**
 * Caption vectors as `emoji-clip` reads them.
 *
 * @module
 */

import { fillTemplate, templateSets } from "../../core/text/templates.ts";
import { tokenize } from "../../core/text/tokenize.ts";
import type { WordVectors } from "../../core/text/word_vectors.ts";

/**
 * Word vectors whose probabilities know the language of prompts. Smooth-inverse-frequency weights
 * are meant for the frequencies of the texts at hand: in running text "photo" is rare, in prompts
 * it says nothing. The probability of a word is the larger of its share in running text and its
 * share in the templates.
 */
export function promptWords(words: WordVectors): WordVectors {
  const counts = new Map<string, number>();
  let total = 0;
  for (const template of [...templateSets["imagenet-80"], ...templateSets["emoji"]]) {
    for (const token of tokenize(fillTemplate(template, ""))) {
      counts.set(token, (counts.get(token) ?? 0) + 1);
      total++;
    }
  }
  return {
    dimension: words.dimension,
    size: words.size,
    words: words.words,
    vector: (word) => words.vector(word),
    probability: (word) => Math.max(words.probability(word), (counts.get(word) ?? 0) / total),
  };
}

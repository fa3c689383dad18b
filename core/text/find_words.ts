/**
 * Finds what is known of a word that may be a plural or two words written as one.
 *
 * @module
 */

import type { WordVectors } from "./word_vectors.ts";

/** Shortest part of a word that is taken for two words written as one. */
const shortestPart = 3;

/** Regular plural endings and what they become; the first known singular counts. */
const pluralEndings: readonly (readonly [string, string])[] = [
  ["s", ""],
  ["ies", "y"],
  ["ves", "f"],
  ["ves", "fe"],
  ["es", ""],
  ["men", "man"],
];

/** The word itself or its singular, where known. */
function findWord(word: string, words: WordVectors): string | undefined {
  if (words.vector(word) !== undefined) return word;
  for (const [ending, replacement] of pluralEndings) {
    if (!word.endsWith(ending)) continue;
    const singular = word.slice(0, -ending.length) + replacement;
    if (singular.length >= shortestPart && words.vector(singular) !== undefined) return singular;
  }
  return undefined;
}

/**
 * Known words that stand for one word of a text: the word itself; "the" for "a" (the source has no
 * words of one letter, and both articles are about equally frequent); its singular (loaves → loaf);
 * or the two known words that it joins (pushpin → push, pin), each of at least three letters, in the
 * split whose rarer part is the most frequent. Empty where nothing is known.
 *
 * @param word One word, as {@linkcode tokenize} gives it.
 */
export function findWords(word: string, words: WordVectors): string[] {
  const known = findWord(word === "a" ? "the" : word, words);
  if (known !== undefined) return [known];
  let best: string[] = [];
  let bestProbability = 0;
  for (let split = shortestPart; split <= word.length - shortestPart; split++) {
    const first = word.slice(0, split);
    const second = findWord(word.slice(split), words);
    if (second === undefined || words.vector(first) === undefined) continue;
    const rarer = Math.min(words.probability(first), words.probability(second));
    if (rarer > bestProbability) {
      best = [first, second];
      bestProbability = rarer;
    }
  }
  return best;
}

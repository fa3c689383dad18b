/**
 * Turns captions into vectors.
 *
 * @module
 */

import { findWords } from "./find_words.ts";
import { tokenize } from "./tokenize.ts";
import type { WordVectors } from "./word_vectors.ts";

/** A caption as one vector. */
export interface EncodedCaption {
  /**
   * Weighted mean of the unit-length vectors of the caption's known words, `[100]`; all zeros
   * where no word is known. It is not of unit length.
   */
  readonly vector: Float32Array;
  /** Words of the caption of which nothing is known, in their order, each once. */
  readonly unknownWords: readonly string[];
}

/** The a of the smooth-inverse-frequency weights. */
const smoothing = 1e-3;

/**
 * Encodes a caption as Σ w·v / Σ w over its words, with the smooth-inverse-frequency weights
 * w = a / (a + p), a = 10⁻³, p the share of the word in running text, so that "a photo of the"
 * counts for little (Arora, Liang and Ma, "A simple but tough-to-beat baseline for sentence
 * embeddings", ICLR 2017; without its removal of the first principal component, which would make
 * a name's vector depend on the other names).
 *
 * Measured on the 744 class names of the embedded sets: the nearest other name is of the same
 * emoji subgroup for 55.6 %. Without the fall-backs for joined words it is 55.2 %; a plain mean of
 * the vectors as they are gives 53.8 %, of unit-length vectors 54.4 %, and these weights on the
 * vectors as they are 55.1 %.
 */
export function encodeCaption(text: string, words: WordVectors): EncodedCaption {
  const sum = new Float64Array(words.dimension);
  const unknownWords = new Set<string>();
  let totalWeight = 0;
  for (const token of tokenize(text)) {
    const known = findWords(token, words);
    if (known.length === 0) unknownWords.add(token);
    for (const word of known) {
      const vector = words.vector(word)!;
      const weight = smoothing / (smoothing + words.probability(word));
      totalWeight += weight;
      for (let index = 0; index < sum.length; index++) sum[index]! += weight * vector[index]!;
    }
  }
  const vector = new Float32Array(words.dimension);
  if (totalWeight > 0) {
    for (let index = 0; index < sum.length; index++) vector[index] = sum[index]! / totalWeight;
  }
  return { vector, unknownWords: [...unknownWords] };
}

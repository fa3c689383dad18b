/**
 * Text: words, word vectors, captions, prompt templates, lists of class names.
 *
 * @module
 */

export * from "./caption.ts";
export * from "./class_names.ts";
export * from "./find_words.ts";
export * from "./text_names.ts";
export * from "./templates.ts";
export * from "./tokenize.ts";
export * from "./word_vectors.ts";

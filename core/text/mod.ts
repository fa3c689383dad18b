/**
 * Text: lists of class names, prompt templates, text banks, word vectors.
 *
 * @example A text bank of three class names
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadEmojiClip } from "@lgd-bench/lgd-bench/teachers";
 * import { buildTextBank, templateSets } from "@lgd-bench/lgd-bench/text";
 *
 * const teacher = await loadEmojiClip();
 * const names = ["cat", "dog", "house"];
 * const bank = await buildTextBank(teacher.encodeText!, names, templateSets["imagenet-80"]);
 * assert.equal(bank.data.length, 3 * teacher.dimension);
 * await teacher.release();
 * ```
 *
 * @module
 */

export { encodeCaption, type EncodedCaption } from "./caption.ts";
export { checkClassNames, type ClassNameList, readClassNameFile } from "./class_names.ts";
export { findWords } from "./find_words.ts";
export { fillTemplate, type TemplateSetName, templateSets } from "./templates.ts";
export { buildTextBank, type TextBank, type TextEncoder } from "./text_bank.ts";
export { tokenize } from "./tokenize.ts";
export { loadWordVectors, type WordVectors } from "./word_vectors.ts";

/**
 * The teacher `emoji-clip`: a small two-tower image–text model of emoji icons. See `card.md` for
 * its data, recipe, accuracy and licence.
 *
 * @module
 */

import { DataError } from "../../core/errors.ts";
import { packageFile, sha256 } from "../../core/files.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { taskCommand } from "../../core/task_command.ts";
import { encodeCaption } from "../../core/text/caption.ts";
import { hashWordVectors, loadWordVectors } from "../../core/text/word_vectors.ts";
import { readShippedFile } from "../../core/shipped_file.ts";
import { clipNormalization } from "../../students/student.ts";
import type { LoadTeacherOptions, Teacher } from "../teacher.ts";
import { promptWords } from "./captions.ts";
import { encodeCaptionVectors, ImageEncoder } from "./encoder.ts";
import {
  denseImageTower,
  type EmojiClipName,
  emojiClipSizes,
  imageTowerWidths,
  mappedImageTower,
} from "./towers.ts";
import { readTowers, weightsFileName } from "./weights_file.ts";

/** Raised when the code changes what the same weights give. */
const codeVersion = 1;

/** Options of {@linkcode loadEmojiClip}. */
export interface LoadEmojiClipOptions extends LoadTeacherOptions {
  /** Which model. @default {"emoji-clip"} */
  readonly model?: EmojiClipName;
  /** Weights as `train.ts` writes them. @default the shipped file */
  readonly path?: string;
}

/** A teacher with its weights and where they are from. */
interface OpenedEmojiClip {
  readonly teacher: Teacher;
  readonly weights: NamedTensors;
  readonly path: string;
}

/**
 * Loads the shipped weights, or others of the same architecture.
 *
 * @throws {DataError} when the weights are missing or damaged.
 */
export async function loadEmojiClip(options: LoadEmojiClipOptions = {}): Promise<Teacher> {
  return (await openEmojiClip(options)).teacher;
}

/** {@linkcode loadEmojiClip}, with the weights. */
export async function openEmojiClip(options: LoadEmojiClipOptions): Promise<OpenedEmojiClip> {
  const { threads = 1, model = "emoji-clip" } = options;
  const path = options.path ?? packageFile(`teachers/emoji_clip/${weightsFileName(model)}`);
  const bytes = await readShippedFile(path, { optional: options.path !== undefined }).catch(
    (error) => {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(
        `Cannot load teacher ${model}: ${error.message}, or train it again with: ` +
          taskCommand(["train-teacher", ...(model === "emoji-clip" ? [] : ["--model", model])]),
        { cause: error },
      );
    },
  );
  const widthMultiplier = imageTowerWidths[model];
  const weights = readTowers(bytes, path, widthMultiplier);
  const batchSize = 128;
  let encoder: ImageEncoder | undefined;
  const { imageSize, dimension, captionLength } = emojiClipSizes;
  const teacher: Teacher = {
    name: model,
    title: model,
    imageSize,
    preprocess: clipNormalization,
    dimension,
    hash: sha256(bytes, `emoji-clip ${codeVersion}`, JSON.stringify(clipNormalization)),
    hashTexts: hashWordVectors,
    batchSize,
    async encodeImages(images) {
      encoder ??= await ImageEncoder.create(weights, { batchSize, threads });
      return await encoder.encode(images);
    },
    async encodeText(texts) {
      const words = promptWords(await loadWordVectors());
      const captions = new Float32Array(texts.length * captionLength);
      texts.forEach((text, index) =>
        captions.set(encodeCaption(text, words).vector, index * captionLength)
      );
      return await encodeCaptionVectors(weights, captions);
    },
    dense: {
      weights,
      embed: (context, images, options) =>
        denseImageTower(context, images, { ...options, widthMultiplier }),
    },
    mapped: {
      weights,
      encode: (context, images) => mappedImageTower(context, images, { widthMultiplier }),
    },
    async unknownWords(text) {
      return encodeCaption(text, await loadWordVectors()).unknownWords;
    },
    async release() {
      await encoder?.release();
      encoder = undefined;
    },
  };
  return { teacher, weights, path };
}

/**
 * The teacher `emoji-clip`: a small two-tower image–text model of emoji icons. See `card.md` for
 * its data, recipe, accuracy and licence.
 *
 * @module
 */

import { DataError } from "../../core/errors.ts";
import { packageFile, sha256 } from "../../core/files.ts";
import { imageBatchShape } from "../../core/methods/distillation_step.ts";
import { traceModel } from "../../core/nn/module_context.ts";
import { flattenNamed, type NamedTensors } from "../../core/nn/parameters.ts";
import { readSafetensors } from "../../core/nn/safetensors.ts";
import { taskCommand } from "../../core/task_command.ts";
import { encodeCaption } from "../../core/text/caption.ts";
import { hashWordVectors, loadWordVectors } from "../../core/text/word_vectors.ts";
import { readShippedFile } from "../../core/shipped_file.ts";
import { clipNormalization } from "../../students/student.ts";
import type { LoadTeacherOptions, Teacher } from "../teacher.ts";
import { promptWords } from "./captions.ts";
import { encodeCaptionVectors, ImageEncoder } from "./encoder.ts";
import { denseImageTower, emojiClipSizes, imageTower, mappedImageTower, textTower } from "./towers.ts";

/** Raised when the code changes what the same weights give. */
const codeVersion = 1;

/** Float tensors of a safetensors file, by name. */
function floatTensors(bytes: Uint8Array, source: string): NamedTensors {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of readSafetensors(bytes, source).tensors) {
    if (data instanceof Float32Array) tensors.set(name, { shape, data });
  }
  return tensors;
}

/**
 * Checks that a file holds both towers whole.
 *
 * @throws {DataError} that names every tensor that is missing or of a wrong shape, or the first that is not a number.
 */
function checkWeights(weights: NamedTensors, path: string): void {
  const { parameters, buffers } = traceModel({ layout: "chwn", mode: "eval" }, (context) => {
    const { imageSize, captionLength } = emojiClipSizes;
    const shape = imageBatchShape("chwn", 1, imageSize);
    imageTower(context, context.graph.input("images", "uint8", shape));
    textTower(context, context.graph.input("captions", "float32", [1, captionLength]));
  });
  // What only training needs (the temperature) may be there too.
  flattenNamed([...parameters, ...buffers], weights, path, { ignoreExtra: true });
  for (const [name, { data }] of weights) {
    if (!data.every(Number.isFinite)) {
      throw new DataError(`Cannot load weights from ${path}: "${name}" has a non-finite number`);
    }
  }
}

/** Options of {@linkcode loadEmojiClip}. */
export interface LoadEmojiClipOptions extends LoadTeacherOptions {
  /** Weights as `train.ts` writes them. @default the shipped file */
  readonly path?: string;
}

/**
 * Loads the shipped weights, or others of the same architecture.
 *
 * @throws {DataError} when the weights are missing or damaged.
 */
export async function loadEmojiClip(options: LoadEmojiClipOptions = {}): Promise<Teacher> {
  const { threads = 1, path = packageFile("teachers/emoji_clip/weights.safetensors") } = options;
  const bytes = await readShippedFile(path, { optional: options.path !== undefined }).catch(
    (error) => {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(
        `Cannot load teacher emoji-clip: ${error.message}, or train it again with: ` +
          taskCommand(["train-teacher"]),
        { cause: error },
      );
    },
  );
  const weights = floatTensors(bytes, path);
  checkWeights(weights, path);
  const batchSize = 128;
  let encoder: ImageEncoder | undefined;
  const { imageSize, dimension, captionLength } = emojiClipSizes;
  return {
    name: "emoji-clip",
    title: "emoji-clip",
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
    dense: { weights, embed: denseImageTower },
    mapped: { weights, encode: (context, images) => mappedImageTower(context, images) },
    async unknownWords(text) {
      return encodeCaption(text, await loadWordVectors()).unknownWords;
    },
    async release() {
      await encoder?.release();
      encoder = undefined;
    },
  };
}

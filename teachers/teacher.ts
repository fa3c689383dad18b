/**
 * What a teacher is: a frozen image encoder, and for LGD a text encoder of the same space.
 *
 * @module
 */

import { hashJson } from "../core/files.ts";
import type { DenseEncoder } from "../core/methods/dense_encoder.ts";
import type { MappedEncoder } from "../core/methods/mapped_encoder.ts";
import type { EmbeddingChange } from "../core/train/teacher_embeddings.ts";

/** A teacher, loaded. Its weights are constants of an ONNX graph: nothing can train them. */
export interface Teacher {
  readonly name: string;
  /** Name in tables. */
  readonly title: string;
  /** Side of the images that it sees, pixels. */
  readonly imageSize: number;
  /** Mean and std of the input channels; applied inside {@linkcode encodeImages}. */
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Length D of the embeddings. */
  readonly dimension: number;
  /** SHA-256 of weights and preprocessing: the teacher's part of every cache key. */
  readonly hash: string;
  /**
   * SHA-256 of what {@linkcode encodeText} reads besides, e.g. a table of words; absent where {@linkcode
   * hash} covers all of it. Embeddings of images do not depend on it.
   */
  hashTexts?(): Promise<string>;
  /** Images in one call of {@linkcode encodeImages}. */
  readonly batchSize: number;
  /**
   * Embeds one full batch: bytes [3, H, W, B] to unit vectors [B, D].
   */
  encodeImages(images: Uint8Array): Promise<Float32Array>;
  /**
   * Where {@linkcode encodeImages} only changes what another teacher gives, row by row: that teacher and the
   * change. Embeddings that are kept are the other teacher's, so no image is embedded for each change anew.
   */
  readonly changes?: EmbeddingChange;
  /**
   * Embeds texts as unit vectors, [n, D]. A teacher without it (MoCo, SwAV) can drive SEED, not
   * LGD.
   */
  encodeText?(texts: readonly string[]): Promise<Float32Array>;
  /**
   * Embeds the parts of images; absent where a teacher cannot. Where it pools its last map by attention,
   * as CLIP's ResNets do, the value and output projections of that layer stand for the whole of it (Zhou
   * et al., "Extract Free Dense Labels from CLIP", ECCV 2022).
   */
  readonly dense?: DenseEncoder;
  /**
   * The image tower with its feature maps, for Grad-CAM; absent where it is not a graph of ours. It embeds
   * images as {@linkcode encodeImages} does.
   */
  readonly mapped?: MappedEncoder;
  /** Words of a text of which the text encoder knows nothing. */
  unknownWords?(text: string): Promise<readonly string[]>;
  /** Frees sessions. */
  release(): Promise<void>;
}

/** How a teacher is loaded. */
export interface LoadTeacherOptions {
  /** Threads of its sessions. @default {1} */
  readonly threads?: number;
}

/** Loads a teacher. */
export type TeacherLoader = (options?: LoadTeacherOptions) => Promise<Teacher>;

/** SHA-256 of everything that decides what a teacher says of images and texts. */
export async function contentHash(teacher: Teacher): Promise<string> {
  const texts = await teacher.hashTexts?.();
  return texts === undefined ? teacher.hash : hashJson([teacher.hash, texts]);
}

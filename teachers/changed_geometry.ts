/**
 * Teachers made of another one by a change of its geometry alone: without its modality means, or with a
 * constant offset for each modality.
 *
 * @module
 */

import { ConfigError, DataError } from "../core/errors.ts";
import { sha256 } from "../core/files.ts";
import { l2Normalize } from "../core/nn/l2_normalize.ts";
import { concat, scale, sub } from "../core/onnx/build.ts";
import type { Graph, Value } from "../core/onnx/graph.ts";
import { normalizeRows } from "./normalize_rows.ts";
import type { Teacher } from "./teacher.ts";

/** Raised when the code changes what the same settings give. */
const codeVersion = 2;

/** A teacher whose embeddings of both modalities are changed row by row; it has no dense embeddings. */
function changedTeacher(
  base: Teacher,
  { name, dimension, hash, changeImages, changeTexts, changeInGraph }: {
    readonly name: string;
    readonly dimension: number;
    readonly hash: string;
    readonly changeImages: (rows: Float32Array) => Float32Array;
    readonly changeTexts: (rows: Float32Array) => Float32Array;
    /** What `changeImages` does, as a part of a graph. */
    readonly changeInGraph: (graph: Graph, rows: Value) => Value;
  },
): Teacher {
  const { mapped } = base;
  return {
    name,
    title: name,
    imageSize: base.imageSize,
    preprocess: base.preprocess,
    dimension,
    hash,
    batchSize: base.batchSize,
    encodeImages: async (images) => changeImages(await base.encodeImages(images)),
    changes: { base, change: changeImages },
    ...(mapped && {
      mapped: {
        weights: mapped.weights,
        encode(context, images) {
          const { maps, embedding } = mapped.encode(context, images);
          return { maps, embedding: changeInGraph(context.graph, embedding) };
        },
      },
    }),
    ...(base.encodeText && {
      encodeText: async (texts: readonly string[]) => changeTexts(await base.encodeText!(texts)),
    }),
    ...(base.hashTexts && { hashTexts: () => base.hashTexts!() }),
    ...(base.unknownWords && { unknownWords: (text: string) => base.unknownWords!(text) }),
    release: () => base.release(),
  };
}

/** Means of a teacher's embeddings, [D] each. */
export interface ModalityMeans {
  readonly image: Float32Array;
  readonly text: Float32Array;
}

/** z ← (z − mean) / |z − mean|, row by row. */
function center(rows: Float32Array, mean: Float32Array): Float32Array {
  const dimension = mean.length;
  const result = rows.map((value, index) => value - mean[index % dimension]!);
  normalizeRows(result, dimension);
  return result;
}

/**
 * A teacher without cones and gap: of each embedding the mean of its modality is taken away, and the
 * rest is brought to unit length.
 *
 * @throws {DataError} where the means are of another length than the embeddings.
 */
export function centeredTeacher(base: Teacher, means: ModalityMeans, name: string): Teacher {
  for (const [modality, { length }] of Object.entries(means)) {
    if (length === base.dimension) continue;
    throw new DataError(
      `Cannot center teacher ${base.name}: the ${modality} mean has ${length} numbers, expected ` +
        `${base.dimension}`,
    );
  }
  const bytes = (values: Float32Array) => new Uint8Array(Float32Array.from(values).buffer);
  return changedTeacher(base, {
    name,
    dimension: base.dimension,
    hash: sha256(`centered ${codeVersion} ${base.hash}`, bytes(means.image), bytes(means.text)),
    changeImages: (rows) => center(rows, means.image),
    changeTexts: (rows) => center(rows, means.text),
    changeInGraph(graph, rows) {
      const mean = graph.constant("float32", [1, base.dimension], means.image);
      return l2Normalize(graph, sub(graph, rows, mean));
    },
  });
}

/** Offsets of {@linkcode offsetTeacher}. */
export interface TeacherOffsets {
  /** Share c of the offset in the squared length of each embedding, from 0 to below 1. */
  readonly share: number;
  /** Cosine between the offsets of images and of texts, from −1 to 1. @default {0.3} */
  readonly cosine?: number;
}

/** z ← (√(1 − c) · z, √c · offset), row by row. */
function addOffset(
  rows: Float32Array,
  dimension: number,
  share: number,
  offset: readonly number[],
): Float32Array {
  const width = dimension + offset.length;
  const result = new Float32Array(rows.length / dimension * width);
  const contrast = Math.sqrt(1 - share), length = Math.sqrt(share);
  for (let row = 0; row * dimension < rows.length; row++) {
    for (let column = 0; column < dimension; column++) {
      result[row * width + column] = contrast * rows[row * dimension + column]!;
    }
    offset.forEach((value, column) => result[row * width + dimension + column] = length * value);
  }
  return result;
}

/**
 * A teacher with a constant offset for each modality, in two dimensions of their own. Cosines within a
 * modality become (1 − c)·cosine + c, those of an image and a text (1 − c)·cosine + c·γ, where γ is the
 * cosine between the offsets: cones and a gap, and the same ranking of texts for every image. All
 * contrasts shrink by 1 − c, so a temperature τ acts as τ / (1 − c) does without the offset.
 *
 * @throws {ConfigError} where share or cosine are out of range.
 */
export function offsetTeacher(base: Teacher, offsets: TeacherOffsets, name: string): Teacher {
  const { share, cosine = 0.3 } = offsets;
  if (!(share >= 0 && share < 1)) {
    throw new ConfigError(`Teacher ${name}: expected a share from 0 to below 1, got ${share}`);
  }
  if (!(Math.abs(cosine) <= 1)) {
    throw new ConfigError(`Teacher ${name}: expected a cosine from -1 to 1, got ${cosine}`);
  }
  const { dimension } = base;
  const text = [cosine, Math.sqrt(1 - cosine ** 2)];
  return changedTeacher(base, {
    name,
    dimension: dimension + 2,
    hash: sha256(`offset ${codeVersion} ${base.hash} ${share} ${cosine}`),
    changeImages: (rows) => addOffset(rows, dimension, share, [1, 0]),
    changeTexts: (rows) => addOffset(rows, dimension, share, text),
    changeInGraph(graph, rows) {
      const count = rows.shape[0]!;
      const offset = Float32Array.from(
        { length: 2 * count },
        (_, index) => index % 2 === 0 ? Math.sqrt(share) : 0,
      );
      const column = graph.constant("float32", [count, 2], offset);
      return concat(graph, [scale(graph, rows, Math.sqrt(1 - share)), column], 1);
    },
  });
}

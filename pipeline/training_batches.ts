/**
 * The batches of a training, in memory that is filled anew for every step.
 *
 * @module
 */

import { epochOrder, fillBatch } from "../core/data/batches.ts";
import type { ViewSet } from "../core/data/views/view_set.ts";
import { floatTensor, type HostTensor } from "../core/engine/session.ts";
import type { BatchSource } from "../core/train/fit.ts";

/** Sizes and sources of the batches. */
export interface TrainingBatchesOptions {
  readonly views: ViewSet;
  readonly batchSize: number;
  /** Equal parts of a batch. */
  readonly replicas: number;
  /** Teacher's embeddings of all views and their length; labels are fed where absent. */
  readonly teacher?: { readonly embeddings: Float32Array; readonly dimension: number };
}

/** Copies the rows of a matrix that a batch wants. */
function gatherRows(
  matrix: Float32Array,
  width: number,
  rows: ArrayLike<number>,
  output: Float32Array,
): void {
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place]!;
    output.set(matrix.subarray(row * width, (row + 1) * width), place * width);
  }
}

/** Images with embeddings or labels, for a step or for each of its replicas. */
export class TrainingBatches {
  /** What the graph is fed, one record per replica; overwritten by {@linkcode fill}. */
  readonly feeds: readonly Readonly<Record<string, HostTensor>>[];
  readonly #options: TrainingBatchesOptions;
  readonly #images: readonly Uint8Array[];
  readonly #rows: Float32Array;
  readonly #labels: BigInt64Array;

  /** @param options Sizes and sources; `replicas` divides `batchSize`. */
  constructor(options: TrainingBatchesOptions) {
    this.#options = options;
    const { batchSize, replicas, teacher, views: { imageSize } } = options;
    const part = batchSize / replicas;
    this.#rows = new Float32Array(teacher ? batchSize * teacher.dimension : 0);
    this.#labels = new BigInt64Array(teacher ? 0 : batchSize);
    this.#images = Array.from(
      { length: replicas },
      () => new Uint8Array(part * 3 * imageSize ** 2),
    );
    this.feeds = this.#images.map((data, replica): Record<string, HostTensor> => {
      const images = { dtype: "uint8", shape: [3, imageSize, imageSize, part], data } as const;
      const first = replica * part;
      if (!teacher) {
        const labels = this.#labels.subarray(first, first + part);
        return { images, labels: { dtype: "int64", shape: [part], data: labels } };
      }
      const { dimension } = teacher;
      const rows = this.#rows.subarray(first * dimension, (first + part) * dimension);
      return {
        images,
        teacher: floatTensor(rows, [part, dimension]),
        ...(replicas > 1 ? { teacher_batch: floatTensor(this.#rows, [batchSize, dimension]) } : {}),
      };
    });
  }

  /** Fills the feeds with a batch of views, given by their indices. */
  fill(indices: Uint32Array): void {
    const { views, batchSize, replicas, teacher } = this.#options;
    const part = batchSize / replicas;
    this.#images.forEach((images, replica) =>
      fillBatch(views, indices.subarray(replica * part, (replica + 1) * part), images, "chwn")
    );
    if (teacher) return gatherRows(teacher.embeddings, teacher.dimension, indices, this.#rows);
    indices.forEach((view, place) => {
      const sample = Math.floor(view / views.viewsPerSample);
      this.#labels[place] = BigInt(views.samples.label(sample));
    });
  }
}

/** Batches of fixed views, in an order of its own for each epoch. */
export function fixedBatches(
  options: TrainingBatchesOptions & { readonly seed: number },
): BatchSource {
  const { views, batchSize, seed } = options;
  const count = views.samples.length * views.viewsPerSample;
  const stepsPerEpoch = Math.max(1, Math.floor(count / batchSize));
  const batches = new TrainingBatches(options);
  let epoch = -1, order: Uint32Array = new Uint32Array(0);
  return {
    stepsPerEpoch,
    batch(step) {
      if (Math.floor(step / stepsPerEpoch) !== epoch) {
        epoch = Math.floor(step / stepsPerEpoch);
        order = epochOrder({ count, batchSize, seed, epoch });
      }
      const first = (step % stepsPerEpoch) * batchSize;
      batches.fill(order.subarray(first, first + batchSize));
      return batches.feeds;
    },
  };
}

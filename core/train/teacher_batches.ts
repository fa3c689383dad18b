/**
 * The batches of a distillation: views with the teacher's embeddings, which come from a table where
 * the views are fixed and from the live teacher where they are fresh, or with labels.
 *
 * @module
 */

import {
  countKernels,
  drawRandomConvolutions,
  kernelNumbers,
} from "../data/augmentation/random_convolution.ts";
import type { ViewBatch, ViewBatches } from "../data/view_batches.ts";
import { floatTensor, type HostTensor } from "../engine/session.ts";
import { ConfigError } from "../errors.ts";
import { convolutionsShape } from "../nn/random_convolution.ts";
import { RandomStream } from "../random.ts";
import { type BatchSource, type Feeds, mixInput, viewInput } from "./batch_source.ts";
import type { EmbeddingTable } from "./embedding_table.ts";
import { gatherColumns } from "./gather_columns.ts";
import { drawMixMask } from "./mix_mask.ts";
import { type FrozenEncoder, validateEmbeddings } from "./teacher_embeddings.ts";

/** Where the embeddings come from. */
export type TeacherSource =
  /** A row for each view of a fixed set. */
  | { readonly kind: "table"; readonly table: EmbeddingTable }
  /** The teacher itself, on the views at the second size of the batches. */
  | {
    readonly kind: "live";
    readonly encoder: FrozenEncoder & { readonly imageSize: number };
  };

/** What {@linkcode TeacherBatches} are made of. */
export interface TeacherBatchesOptions {
  /** The views; the student's size is the first, a live teacher's is among them. */
  readonly views: ViewBatches;
  /** None for a training by labels alone. */
  readonly teacher: TeacherSource | null;
  /** Also feed `mix`, a rectangle of its own in each step, drawn by the seed. @default {none} */
  readonly mix?: { readonly seed: number } | undefined;
  /**
   * Also feed `convolutions`, kernels of their own in each step, drawn by the seed; `share` of them change
   * anything. @default {none}
   */
  readonly convolutions?: { readonly seed: number; readonly share: number } | undefined;
  /** Also feed `labels`. @default {true without a teacher} */
  readonly labels?: boolean;
}

/**
 * Feeds of a distillation, in memory that is filled again for every step: for view 0 `images` (bytes
 * `[3, H, W, B / replicas]`), `teacher` (`[B / replicas, D]`), with several replicas `teacher_batch`
 * (`[B, D]`, the whole batch), `convolutions` (see {@linkcode drawRandomConvolutions}), and `labels`
 * (`[B / replicas]`); for view k > 0 all but the labels with the suffix `_k`; `mix` (`[H, W]`), see
 * {@linkcode drawMixMask}.
 */
export class TeacherBatches implements BatchSource {
  readonly stepsPerEpoch: number;
  readonly #views: ViewBatches;
  readonly #teacher: TeacherSource | null;
  /** Embeddings of the batch by view. */
  readonly #embeddings: readonly Float32Array[];
  readonly #labels: BigInt64Array | undefined;
  readonly #mix: { readonly seed: number; readonly mask: Uint8Array } | undefined;
  readonly #convolutions: TeacherBatchesOptions["convolutions"];
  /** Kernels by replica and view. */
  readonly #kernels: readonly (readonly Float32Array[])[];
  /** Place of the live teacher's size among those of the views. */
  readonly #teacherSize: number;

  /** @throws {ConfigError} where the teacher does not fit the views. */
  constructor(
    { views, teacher, mix, convolutions, labels = teacher === null }: TeacherBatchesOptions,
  ) {
    this.stepsPerEpoch = views.stepsPerEpoch;
    this.#views = views;
    this.#teacher = teacher;
    const dimension = teacher === null ? 0 : dimensionOf(teacher);
    this.#embeddings = Array.from(
      { length: teacher === null ? 0 : views.viewsPerStep },
      () => new Float32Array(views.batchSize * dimension),
    );
    this.#mix = mix && { seed: mix.seed, mask: new Uint8Array(views.imageSizes[0]! ** 2) };
    this.#convolutions = convolutions;
    const kernels = countKernels(views.batchSize / views.replicas);
    this.#kernels = Array.from(
      { length: convolutions === undefined ? 0 : views.replicas },
      () =>
        Array.from(
          { length: views.viewsPerStep },
          () => new Float32Array(kernels * kernelNumbers),
        ),
    );
    this.#labels = labels ? new BigInt64Array(views.batchSize) : undefined;
    this.#teacherSize = teacher?.kind === "live"
      ? views.imageSizes.indexOf(teacher.encoder.imageSize)
      : -1;
    if (teacher?.kind === "live" && this.#teacherSize < 0) {
      throw new ConfigError(
        `Teacher ${teacher.encoder.name} sees ${teacher.encoder.imageSize} pixels; the batches have ` +
          views.imageSizes.join(" and "),
      );
    }
    if (teacher?.kind === "table" && (!views.fixed || teacher.table.rows !== views.count)) {
      throw new ConfigError(
        `The teacher's table has ${teacher.table.rows} rows; expected one for each of ` +
          `${views.count} fixed views`,
      );
    }
  }

  async batch(step: number): Promise<readonly Feeds[]> {
    const batch = await this.#views.batch(step);
    if (this.#teacher !== null) await this.#embed(batch, this.#teacher, step);
    if (this.#mix) drawMixMask(this.#mix.mask, this.#views.imageSizes[0]!, { ...this.#mix, step });
    this.#drawConvolutions(step);
    const labels = this.#labels;
    if (labels) batch.labels.forEach((label, place) => labels[place] = BigInt(label));
    return Array.from(
      { length: this.#views.replicas },
      (_, replica) => this.#feedsOf(batch, replica),
    );
  }

  #drawConvolutions(step: number): void {
    if (this.#convolutions === undefined) return;
    const { seed, share } = this.#convolutions;
    this.#kernels.forEach((views, replica) =>
      views.forEach((kernels, view) =>
        drawRandomConvolutions(
          new RandomStream(seed, "convolutions", step, replica, view),
          share,
          kernels,
        )
      )
    );
  }

  async #embed(batch: ViewBatch, teacher: TeacherSource, step: number): Promise<void> {
    for (const [view, output] of this.#embeddings.entries()) {
      if (teacher.kind === "table") teacher.table.gather(batch.rows[view]!, output);
      else {
        await embedLive(teacher.encoder, batch.images[view]![this.#teacherSize]!, output, step);
      }
    }
  }

  #feedsOf(batch: ViewBatch, replica: number): Feeds {
    const { batchSize, replicas, imageSizes, viewsPerStep } = this.#views;
    const part = batchSize / replicas, first = replica * part, side = imageSizes[0]!;
    const feeds: Record<string, HostTensor> = {};
    for (let view = 0; view < viewsPerStep; view++) {
      const data = batch.images[view]![0]![replica]!;
      feeds[viewInput("images", view)] = { dtype: "uint8", shape: [3, side, side, part], data };
      const kernels = this.#kernels[replica]?.[view];
      if (kernels !== undefined) {
        const shape = convolutionsShape("chwn", kernels.length / kernelNumbers);
        feeds[viewInput("convolutions", view)] = floatTensor(kernels, shape);
      }
      if (this.#teacher === null) continue;
      const dimension = dimensionOf(this.#teacher);
      const whole = this.#embeddings[view]!;
      const own = whole.subarray(first * dimension, (first + part) * dimension);
      feeds[viewInput("teacher", view)] = floatTensor(own, [part, dimension]);
      if (replicas > 1) {
        feeds[viewInput("teacher_batch", view)] = floatTensor(whole, [batchSize, dimension]);
      }
    }
    if (this.#mix) feeds[mixInput] = { dtype: "uint8", shape: [side, side], data: this.#mix.mask };
    if (this.#labels) {
      const data = this.#labels.subarray(first, first + part);
      feeds["labels"] = { dtype: "int64", shape: [part], data };
    }
    return feeds;
  }

  async release(): Promise<void> {
    if (this.#teacher?.kind === "table") this.#teacher.table.close();
    await this.#views.release();
  }
}

function dimensionOf(teacher: TeacherSource): number {
  return teacher.kind === "table" ? teacher.table.dimension : teacher.encoder.dimension;
}

/**
 * Embeds a batch by a teacher whose own batch has another size; what fills up the last is its last
 * image.
 *
 * @param images By replica, `[3, H, W, B / replicas]`.
 * @param output `[B, D]`
 */
async function embedLive(
  encoder: FrozenEncoder & { readonly imageSize: number },
  images: readonly Uint8Array[],
  output: Float32Array,
  step: number,
): Promise<void> {
  const { batchSize, dimension, imageSize } = encoder;
  const bytes = 3 * imageSize ** 2;
  const part = images[0]!.length / bytes, total = part * images.length;
  for (let first = 0; first < total; first += batchSize) {
    const count = Math.min(batchSize, total - first);
    const own = count === batchSize && part === batchSize
      ? images[first / part]!
      : gatherColumns(images, bytes, part, { first, count: batchSize, last: total - 1 });
    const embeddings = await encoder.encodeImages(own);
    validateEmbeddings(encoder, embeddings, count, (row) => `image ${first + row} of step ${step}`);
    output.set(embeddings.subarray(0, count * dimension), first * dimension);
  }
}

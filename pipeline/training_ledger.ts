/**
 * What a training leaves out. Fresh views meet damaged images as they come, so what was met is kept
 * beside the checkpoint: a training that goes on after a kill still knows of it.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import type { Annotation } from "../core/data/annotation.ts";
import {
  addMissingClasses,
  addSkipped,
  type Dataset,
  type SkippedImage,
} from "../core/data/dataset.ts";
import { readTextIfPresent, writeFileAtomic } from "../core/files.ts";
import type { ImageCount, LeftOut, LeftOutLedger } from "../core/left_out.ts";
import type { ModelBatches } from "./model_batches.ts";

/** Name of the file in the folder of the training. */
const fileName = "damaged_images.json";

const damagedSchema = z.array(z.strictObject({ path: z.string(), reason: z.string() }));

/** Damaged images that an earlier process met; none where the file is not there or not whole. */
async function readDamaged(path: string): Promise<SkippedImage[]> {
  try {
    const found = damagedSchema.safeParse(JSON.parse(await readTextIfPresent(path) ?? "[]"));
    return (found.data ?? []).map((image) => ({ ...image, stage: "decoding" }));
  } catch {
    return [];
  }
}

/** The ledger of one training. */
export class TrainingLedger {
  readonly #dataset: Dataset<Annotation>;
  readonly #opened: Pick<ModelBatches, "split" | "listed" | "skipped">;
  readonly #ledger: LeftOutLedger;
  readonly #path: string;
  /** By path. */
  readonly #damaged: Map<string, SkippedImage>;

  private constructor(
    dataset: Dataset<Annotation>,
    opened: Pick<ModelBatches, "split" | "listed" | "skipped">,
    ledger: LeftOutLedger,
    path: string,
    damaged: readonly SkippedImage[],
  ) {
    this.#dataset = dataset;
    this.#opened = opened;
    this.#ledger = ledger;
    this.#path = path;
    this.#damaged = new Map(damaged.map((image) => [image.path, image]));
  }

  /**
   * Opens the ledger of a training.
   *
   * @param ledger What was left out before: lines of a list of names.
   * @param folder Folder that outlives a killed process.
   */
  static async open(
    dataset: Dataset<Annotation>,
    opened: Pick<ModelBatches, "split" | "listed" | "skipped">,
    ledger: LeftOutLedger,
    folder: string,
  ): Promise<TrainingLedger> {
    const path = join(folder, fileName);
    return new TrainingLedger(dataset, opened, ledger, path, await readDamaged(path));
  }

  /** Takes over what was met; whether that is more than before. */
  #collect(): boolean {
    const before = this.#damaged.size;
    for (const image of this.#opened.skipped()) {
      if (image.stage === "decoding") this.#damaged.set(image.path, image);
    }
    return this.#damaged.size > before;
  }

  /**
   * Keeps what was met so far. It belongs before every checkpoint: a training that resumes there does
   * not meet the images before it again.
   *
   * @throws {WriteError} when it cannot be written.
   */
  async save(): Promise<void> {
    if (!this.#collect()) return;
    const damaged = [...this.#damaged.values()].map(({ path, reason }) => ({ path, reason }));
    await writeFileAtomic(this.#path, JSON.stringify(damaged) + "\n");
  }

  /** Everything that was left out, and how many images were not. */
  async result(): Promise<{ leftOut: LeftOut[]; images: ImageCount }> {
    this.#collect();
    const { split, listed, skipped } = this.#opened;
    const data = this.#dataset.name;
    addSkipped(this.#ledger, data, split, skipped());
    addSkipped(this.#ledger, data, split, this.#damaged.values());
    const samples = await this.#dataset.samples(split);
    const labels = this.#damaged.size === 0
      ? samples.labels()
      : Array.from(samples).filter(({ id }) => !this.#damaged.has(id)).map(({ label }) => label);
    addMissingClasses(this.#ledger, this.#dataset, split, labels);
    const images = { data, split, listed, used: listed - this.#damaged.size };
    return { leftOut: this.#ledger.entries, images };
  }
}

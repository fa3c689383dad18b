/**
 * An outcome in the store: `evidence.bin`, the files that the task kept, and what is known of the
 * measurement.
 *
 * @module
 */

import { z } from "zod";
import { decodeSplitEvidence, encodeSplitEvidence } from "../core/results/evidence_file.ts";
import { imageCountSchema, leftOutSchema } from "../core/results/left_out_schema.ts";
import type { MeasureJob, Outcome } from "../core/recipe/jobs.ts";
import { measureSpecSchema } from "../core/recipe/spec_schema.ts";
import type { Store } from "../core/store/store.ts";
import type { StoreEntry } from "../core/store/store_entry.ts";

/** Name of the evidence's file in its entry. */
export const evidenceFileName = "evidence.bin";

const infoSchema = z.object({
  label: z.string(),
  model: z.string(),
  spec: measureSpecSchema,
  seed: z.number(),
  task: z.string(),
  taskVersion: z.number(),
  seconds: z.number(),
  viewHashes: z.record(z.string(), z.string()),
  warnings: z.array(z.string()),
  leftOut: leftOutSchema,
  images: z.array(imageCountSchema),
  files: z.array(z.string()),
});

/** An outcome that is in the store, verified. */
export interface StoredOutcome {
  readonly entry: StoreEntry;
  readonly outcome: Outcome;
}

/**
 * The outcome of a key, with every byte verified; undefined where there is none, or it is damaged.
 *
 * @param onDamaged Told why one that is there is not used.
 */
export async function findOutcome(
  store: Store,
  key: string,
  onDamaged?: (message: string) => void,
): Promise<StoredOutcome | undefined> {
  const entry = await store.find("outcome", key, {
    load: [evidenceFileName],
    ...(onDamaged === undefined ? {} : { onDamaged }),
  });
  const bytes = entry?.contents[evidenceFileName];
  const info = infoSchema.safeParse(entry?.info);
  if (entry === undefined || bytes === undefined || !info.success) return undefined;
  const { label: _label, model: _model, spec: _spec, seed: _seed, ...known } = info.data;
  const splits = decodeSplitEvidence(bytes, entry.files[evidenceFileName]!.path);
  return { entry: { ...entry, contents: {} }, outcome: { ...known, splits } };
}

/**
 * Puts an outcome into the store.
 *
 * @param files What the task kept, by name.
 */
export async function putOutcome(
  store: Store,
  job: MeasureJob,
  outcome: Omit<Outcome, "files">,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  const { splits, ...known } = outcome;
  await store.put("outcome", job.key, {
    info: {
      label: job.id,
      model: job.modelKey,
      spec: job.spec,
      seed: job.seed,
      ...known,
      files: Object.keys(files),
    },
    files: { ...files, [evidenceFileName]: encodeSplitEvidence(splits) },
  });
}

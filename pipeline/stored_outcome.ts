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
import { describeForeignInfo, type StoreEntry } from "../core/store/store_entry.ts";
import { entryEnvironmentSchema } from "./entry_environment.ts";

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
  environment: entryEnvironmentSchema,
});

/** An outcome that is in the store, verified. */
export interface StoredOutcome {
  readonly entry: StoreEntry;
  readonly outcome: Outcome;
}

/**
 * The outcome of a key, with every byte verified; undefined where there is none. One that is damaged,
 * or not what this version writes, is moved aside, so that it is made again.
 *
 * @param onDamaged Told why one that is there is not used.
 */
export async function findOutcome(
  store: Store,
  key: string,
  onDamaged?: (message: string) => void,
): Promise<StoredOutcome | undefined> {
  let splits: Outcome["splits"] = {};
  const entry = await store.find("outcome", key, {
    load: [evidenceFileName],
    check: ({ info, contents, files }) => {
      const checked = infoSchema.safeParse(info);
      if (!checked.success) return describeForeignInfo(checked.error);
      const bytes = contents[evidenceFileName];
      if (bytes === undefined) return `it has no ${evidenceFileName}`;
      try {
        splits = decodeSplitEvidence(bytes, files[evidenceFileName]!.path);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    ...(onDamaged === undefined ? {} : { onDamaged }),
  });
  if (entry === undefined) return undefined;
  const { label: _label, model: _model, spec: _spec, seed: _seed, ...known } = infoSchema.parse(
    entry.info,
  );
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

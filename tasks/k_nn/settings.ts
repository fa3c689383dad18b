/**
 * Settings of the k-nearest-neighbour classification.
 *
 * @module
 */

import { z } from "zod";
import { viewsPerImageSetting } from "../classification.ts";

/**
 * The defaults are SEED's: the 10 nearest neighbours, each with one vote. SEED's code has no such
 * evaluation, so that its votes are not weighted and its training images are seen without
 * augmentation is taken from the paper's wording and not certain. Weighted votes, exp(cosine / τ)
 * with τ = 0.07 and k = 20 or 200, are those of Wu et al. 2018 ("Unsupervised feature learning via
 * non-parametric instance discrimination") and of DINO.
 */
export const nearestNeighboursSettings = z.strictObject({
  k: z.number().int().min(1).max(10_000).default(10)
    .describe(
      "Training views that vote, or all where there are fewer: 10 as SEED; 20 or 200 are usual with weighted votes",
    ),
  weighted: z.boolean().default(false)
    .describe("Whether a vote counts exp(cosine / temperature), or each the same"),
  temperature: z.number().positive().default(0.07).describe("Temperature of weighted votes"),
  viewsPerImage: viewsPerImageSetting,
});

/** Settings of the k-nearest-neighbour classification, complete. */
export type NearestNeighboursSettings = z.infer<typeof nearestNeighboursSettings>;

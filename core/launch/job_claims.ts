/**
 * The claims of the jobs of one run: which are held, and what a job that has none waits for.
 *
 * @module
 */

import type { Job, JobClaim } from "./executor.ts";

/** What came of the attempt to open a job. */
export type OpenedJob =
  /** It is this run's to run. */
  | { readonly type: "free" }
  /** It is done already. */
  | { readonly type: "found"; readonly result: unknown }
  /** Someone else works on it. */
  | { readonly type: "busy"; readonly holder: string };

/** Keeps the claims of a run. */
export class JobClaims {
  readonly #held = new Map<Job, JobClaim>();

  /**
   * Tries to claim a job; with the claim, asks whether it was finished meanwhile.
   *
   * @throws What the job's own functions throw; nothing is held then.
   */
  async open(job: Job): Promise<OpenedJob> {
    if (job.claim !== undefined) {
      const claim = await job.claim();
      if (claim === undefined) {
        return { type: "busy", holder: await job.holder?.() ?? "another process" };
      }
      this.#held.set(job, claim);
    }
    try {
      const result = await job.found?.();
      return result === undefined ? { type: "free" } : { type: "found", result };
    } catch (error) {
      this.release(job);
      throw error;
    }
  }

  /** Gives back what a job holds, if anything. */
  release(job: Job): void {
    const claim = this.#held.get(job);
    this.#held.delete(job);
    claim?.release();
  }

  /** Gives back everything. */
  releaseAll(): void {
    for (const job of [...this.#held.keys()]) this.release(job);
  }
}

/**
 * Batches of steps that are made ahead of the one in use.
 *
 * @module
 */

/** Makes the batches of the next steps while one is in use. */
export class BatchesAhead<Batch> {
  readonly #make: (step: number) => Promise<Batch>;
  readonly #ahead: number;
  /** Batches by step that are made or being made. */
  #pending = new Map<number, Promise<Batch>>();

  /** @param ahead How many are made besides the one that is asked for. */
  constructor(make: (step: number) => Promise<Batch>, ahead: number) {
    this.#make = make;
    this.#ahead = ahead;
  }

  #start(step: number): Promise<Batch> {
    const batch = this.#make(step);
    // Whoever asks for the step is told of the failure; nobody may.
    batch.catch(() => {});
    return batch;
  }

  /** The batch of a step. One call at a time; steps in order are quick. */
  async batch(step: number): Promise<Batch> {
    const jobs = [...this.#pending.keys()];
    if (jobs.length > 0 && !this.#pending.has(step)) await this.discard();
    for (const earlier of jobs) if (earlier < step) this.#pending.delete(earlier);
    for (let next = step; next <= step + this.#ahead; next++) {
      if (!this.#pending.has(next)) this.#pending.set(next, this.#start(next));
    }
    const batch = this.#pending.get(step)!;
    this.#pending.delete(step);
    return await batch;
  }

  /** Waits for all that are being made, and forgets them. */
  async discard(): Promise<void> {
    const pending = [...this.#pending.values()];
    this.#pending = new Map();
    await Promise.allSettled(pending);
  }
}

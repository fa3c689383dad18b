/**
 * A case's training step, ready to be run again and again on the same batch.
 *
 * @module
 */

/** The steps of a case. */
export interface OpenedSteps {
  /** Does one step; its loss. */
  step(): Promise<number>;
  /** Milliseconds of all steps so far by the parts of the host's work, where the step tells of them. */
  readonly hostParts: Readonly<Record<string, number>>;
  /** Frees the sessions, which write their profiles then. */
  release(): Promise<void>;
}

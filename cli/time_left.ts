/**
 * How much of a run is done and how long the rest may take, from what the units of work took so far.
 *
 * A unit that trains a student takes longer the more steps it has; one that trains a detector or a
 * segmenter on a stored student has no student's steps at all, and one that only measures is done at once.
 * So units are compared with units of their kind: the same task or training of the same student, else of
 * any student, else any unit.
 *
 * @module
 */

import type { TrainWork } from "../core/recipe/cost.ts";
import type { Unit } from "../pipeline/units.ts";

/** Share of a unit's time that its training takes. */
const trainingShare = 0.85;
/** Time of a unit that only measures, beside one that trains, where none of either kind has run yet. */
const measuringShare = 0.05;
/**
 * Share of a unit from which its own speed alone tells how long it takes: its first steps follow the start of
 * a Worker and the reading of data, as if each step took as long.
 */
const tellingShare = 0.2;

/** What a unit says of itself on its way. */
export interface UnitProgress {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
}

/** A unit and where it stands. */
interface Timed {
  readonly unit: Unit;
  /** Steps of a student's training, 1 for other units: what the time of units of a kind is divided by. */
  readonly size: number;
  /** Kinds that it belongs to, the narrowest first. */
  readonly kinds: readonly string[];
  startedAt?: number;
  /** Done of it, 0 to 1. */
  share: number;
  /** Seconds, once it has ended. */
  seconds?: number;
  /** Whether it ended, however. */
  ended: boolean;
}

/** A unit that tells how long it takes. */
interface Known {
  readonly other: Timed;
  readonly seconds: number;
  /** How far that can be trusted, up to 1. */
  readonly weight: number;
}

/** Whether a unit only measures. */
const isShort = ({ unit }: Timed) => !unit.trains && unit.isLong !== true;

/** Whether a phase is the training that a unit consists of. */
function isTraining({ trains, isLong, measures }: Unit, phase: string): boolean {
  return trains ? phase === "train" : isLong === true && phase === measures[0]?.spec.task;
}

/** Kinds of a unit, the narrowest first. */
function kindsOf({ trains, isLong, model, measures }: Unit): string[] {
  const what = trains
    ? ["train"]
    : isLong
    ? [`task ${measures[0]!.spec.task}`, "long"]
    : [`measure ${measures.map(({ spec }) => spec.task).join()}`, "measure"];
  const student = model?.spec.student ?? "";
  return [`${what[0]} of ${student}`, ...what];
}

/** How far what a unit says of itself can be trusted, up to 1. */
function trust({ seconds, share }: Timed): number {
  // What comes before the first step is divided by the share too: the square takes it out of small shares.
  return seconds === undefined ? Math.min(1, share / tellingShare) ** 2 : 1;
}

/** Mean over units, each by its weight; undefined of none. */
function mean(known: readonly Known[], value: (known: Known) => number): number | undefined {
  if (known.length === 0) return undefined;
  const weights = known.reduce((sum, { weight }) => sum + weight, 0);
  return known.reduce((sum, one) => sum + one.weight * value(one), 0) / weights;
}

/** Follows the units of a run. Times are milliseconds of one clock. */
export class TimeLeft {
  readonly #units: ReadonlyMap<string, Timed>;
  /** Most units that ran at the same time. */
  #places = 1;

  /** @param work Work of the trainings, by the id of their unit. */
  constructor(units: readonly Unit[], work: ReadonlyMap<string, TrainWork>) {
    this.#units = new Map(units.map((unit) => [unit.id, {
      unit,
      size: unit.trains ? Math.max(1, work.get(unit.id)?.steps ?? 1) : 1,
      kinds: kindsOf(unit),
      share: 0,
      ended: false,
    }]));
  }

  /** A unit has begun. */
  start(id: string, now: number): void {
    const timed = this.#units.get(id);
    if (timed === undefined) return;
    timed.startedAt = now;
    const running = [...this.#units.values()].filter(({ startedAt, ended }) =>
      startedAt !== undefined && !ended
    );
    this.#places = Math.max(this.#places, running.length);
  }

  /** A unit has come further. */
  progress(id: string, { phase, step, steps }: UnitProgress): void {
    const timed = this.#units.get(id);
    if (timed === undefined) return;
    if (isTraining(timed.unit, phase)) timed.share = trainingShare * step / Math.max(1, steps);
    // What comes before a training says nothing; what comes after it is the rest.
    else if (timed.share > 0) timed.share = Math.max(timed.share, trainingShare);
  }

  /** A unit has ended; one that failed or was found done elsewhere says nothing of the others. */
  end(id: string, now: number, isDone: boolean): void {
    const timed = this.#units.get(id);
    if (timed === undefined) return;
    timed.ended = true;
    if (isDone && timed.startedAt !== undefined) timed.seconds = (now - timed.startedAt) / 1000;
  }

  /** Seconds that a unit takes in all, as far as it tells itself. */
  #ownSeconds({ startedAt, share, seconds }: Timed, now: number): number | undefined {
    if (seconds !== undefined) return seconds;
    return startedAt !== undefined && share > 0 ? (now - startedAt) / 1000 / share : undefined;
  }

  /**
   * Seconds that a unit takes in all, by itself or by others; undefined while nothing is known.
   *
   * @param known What units say of themselves.
   */
  #estimate(timed: Timed, now: number, known: readonly Known[]): number | undefined {
    const own = this.#ownSeconds(timed, now);
    const weight = trust(timed);
    if (own !== undefined && weight === 1) return own;
    for (const kind of timed.kinds) {
      const each = mean(
        known.filter(({ other }) => other !== timed && other.kinds.includes(kind)),
        ({ other, seconds }) => seconds / other.size,
      );
      if (each === undefined) continue;
      const alike = each * timed.size;
      return own === undefined ? alike : weight * own + (1 - weight) * alike;
    }
    if (own !== undefined) return own;
    const any = mean(
      known,
      ({ other, seconds }) => seconds / (isShort(other) ? measuringShare : 1),
    );
    return any === undefined ? undefined : any * (isShort(timed) ? measuringShare : 1);
  }

  /**
   * Seconds until the last unit ends, by as many units at a time as there were, and the share of the work that
   * is done; undefined while no unit says anything.
   */
  rest(now: number): { readonly seconds: number; readonly share: number } | undefined {
    let left = 0, all = 0, longest = 0;
    const known = [...this.#units.values()].flatMap((other): Known[] => {
      const seconds = this.#ownSeconds(other, now);
      return seconds === undefined ? [] : [{ other, seconds, weight: trust(other) }];
    });
    for (const timed of this.#units.values()) {
      const total = timed.ended ? timed.seconds ?? 0 : this.#estimate(timed, now, known);
      if (total === undefined) return undefined;
      all += total;
      if (timed.ended) continue;
      const done = timed.startedAt === undefined ? 0 : (now - timed.startedAt) / 1000;
      // One that takes longer than the others of its kind is about to end.
      const own = Math.max(0, total - done);
      left += own;
      longest = Math.max(longest, own);
    }
    return {
      seconds: Math.max(longest, left / this.#places),
      share: all === 0 ? 0 : 1 - left / all,
    };
  }
}

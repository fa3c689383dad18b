/**
 * What is left of a plan: one unit of work per model, which trains it where it is missing and measures
 * what is missing, in one Worker.
 *
 * A unit shares features between its measurements and needs its model once in memory. A measurement
 * that trains a whole backbone takes as long as a training: it is a unit of its own after that.
 *
 * @module
 */

import type { JobClaim } from "../core/launch/executor.ts";
import type { MeasureJob, TrainJob } from "../core/recipe/jobs.ts";
import type { ModelPlan } from "../core/recipe/plan.ts";
import type { Claim } from "../core/store/claim.ts";
import type { StoreKind } from "../core/store/layout.ts";
import type { Store } from "../core/store/store.ts";
import type { StudentOverrides } from "./student_file.ts";
import { findModel, isTrained, type StoredModel } from "./stored_model.ts";
import { findOutcome, type StoredOutcome } from "./stored_outcome.ts";

/** What of a plan is in the store. */
export interface StoredWork {
  /** By key. */
  readonly models: Map<string, StoredModel>;
  /** By key. */
  readonly outcomes: Map<string, StoredOutcome>;
}

/** A student's file in the place of a trained model. */
export interface StudentSource {
  /** Absolute path. */
  readonly path: string;
  /** SHA-256 of the file as it was planned. */
  readonly sha256: string;
  /** What the user says of it. */
  readonly overrides: StudentOverrides;
  /** Side of its images, pixels. */
  readonly imageSize: number;
  /** Name of the teacher whose texts are used; null without one. */
  readonly teacher: string | null;
}

/** One piece of work for one Worker. */
export interface Unit {
  /** That of the model, or of the measurement that is a unit of its own. */
  readonly id: string;
  /** How the model is made; null where none is needed. */
  readonly model: TrainJob | null;
  /** A file that is measured in its place. */
  readonly file?: StudentSource;
  /** Whether the model is missing. */
  readonly trains: boolean;
  /** Measurements that are missing. */
  readonly measures: readonly MeasureJob[];
  /** Unit that must be done before. */
  readonly after?: string;
  /** Whether its measurement takes as long as a training. */
  readonly isLong?: boolean;
}

/**
 * Looks what of some models is in the store, with every byte verified.
 *
 * @param onDamaged Told of each entry that is there and cannot be used.
 */
export async function findStored(
  store: Store,
  models: readonly ModelPlan[],
  onDamaged: (message: string) => void,
): Promise<StoredWork> {
  const stored: StoredWork = { models: new Map(), outcomes: new Map() };
  for (const { train, measures } of models) {
    if (isTrained(train)) {
      const model = await findModel(store, train.key, onDamaged);
      if (model !== undefined) stored.models.set(train.key, model);
    }
    for (const { key } of measures) {
      const outcome = await findOutcome(store, key, onDamaged);
      if (outcome !== undefined) stored.outcomes.set(key, outcome);
    }
  }
  return stored;
}

/**
 * The units of work that are left.
 *
 * @param isLong Whether a measurement is to be a unit of its own.
 */
export function planUnits(
  models: readonly ModelPlan[],
  { models: trained, outcomes }: StoredWork,
  isLong: (job: MeasureJob) => boolean = () => false,
): Unit[] {
  const isMissing = (train: TrainJob | null): train is TrainJob =>
    isTrained(train) && !trained.has(train.key);
  const waitFor = ({ teacher }: TrainJob) =>
    teacher === undefined || trained.has(teacher.key) ? {} : { after: teacher.id };
  const taught = new Set(
    models.flatMap(({ train }) => isMissing(train) ? train.teacher?.key ?? [] : []),
  );
  return models.flatMap(({ id, train, measures }): Unit[] => {
    // A teacher that no row shows is trained for students that are missing.
    const trains = isMissing(train) && (train.rowIds.length > 0 || taught.has(train.key));
    const missing = measures.filter(({ key }) => !outcomes.has(key));
    const long = missing.filter(isLong);
    const short = missing.filter((job) => !long.includes(job));
    const main: Unit[] = trains || short.length > 0
      ? [{ id, model: train, trains, measures: short, ...(trains ? waitFor(train) : {}) }]
      : [];
    return [
      ...main,
      ...long.map((job) => ({
        id: job.id,
        model: train,
        trains: false,
        measures: [job],
        isLong: true,
        ...(trains ? { after: id } : {}),
      })),
    ];
  });
}

/**
 * Keeps everything that a plan names from being pruned, whether it is there or comes to be.
 *
 * @throws {WriteError} where the store cannot be written.
 */
export function holdPlan(store: Store, models: readonly ModelPlan[]): Promise<Claim> {
  return store.holdAll(models.flatMap(({ train, measures }): [StoreKind, string][] => [
    ...(isTrained(train) ? [["model", train.key]] as [StoreKind, string][] : []),
    ...measures.map(({ key }): [StoreKind, string] => ["outcome", key]),
  ]));
}

/** What a unit makes. */
function productsOf({ trains, model, measures }: Unit): ["model" | "outcome", string][] {
  return [
    ...(trains ? [["model", model!.key]] as ["model", string][] : []),
    ...measures.map(({ key }): ["outcome", string] => ["outcome", key]),
  ];
}

/**
 * Claims everything that a unit makes; undefined, and nothing, while another process makes some of it.
 *
 * @param onBusy Told who that is.
 */
export async function claimUnit(
  store: Store,
  unit: Unit,
  onBusy: (holder: string) => void,
): Promise<JobClaim | undefined> {
  const claims: JobClaim[] = [];
  const release = () => {
    for (const claim of claims) claim.release();
  };
  try {
    for (const [kind, key] of productsOf(unit)) {
      const claim = await store.claim(kind, key);
      if (claim === undefined) {
        onBusy(await store.describeHolder(kind, key));
        release();
        return undefined;
      }
      claims.push(claim);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

/** Whether everything that a unit makes is there, verified. */
export async function isDone(store: Store, unit: Unit): Promise<boolean> {
  for (const [kind, key] of productsOf(unit)) {
    if (store.peek(kind, key) === undefined) return false;
    const found = kind === "model" ? await findModel(store, key) : await findOutcome(store, key);
    if (found === undefined) return false;
  }
  return true;
}

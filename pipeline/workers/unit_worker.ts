/**
 * The Worker of a unit: trains the model where it is missing, and measures what is missing. What is
 * done goes into the store at once.
 *
 * @module
 */

import { withSharedDatasets } from "../../core/data/registry.ts";
import { takeDataWarnings } from "../../core/data/warnings.ts";
import { DataError } from "../../core/errors.ts";
import { answerRun, type WorkerPort } from "../../core/launch/messages.ts";
import type { TrainJob } from "../../core/recipe/jobs.ts";
import { Store } from "../../core/store/store.ts";
import { noModel } from "../../tasks/task.ts";
import { teachers } from "../../teachers/registry.ts";
import type { Teacher } from "../../teachers/teacher.ts";
import type { UnitPayload, UnitResult } from "../messages.ts";
import { measure } from "../measure.ts";
import { type LoadedModel, modelOfFile, teacherModel } from "../models.ts";
import { loadPlugins } from "../plugins.ts";
import { findModel, isTrained, putModel, studentFileName } from "../stored_model.ts";
import { findOutcome } from "../stored_outcome.ts";
import type { Unit } from "../units.ts";
import { readStudentFile } from "../student_file.ts";
import { trainModel } from "../train_model.ts";
import { loadTrainedTeacher } from "../trained_teacher.ts";

/** Trains a model, unless somebody else has done so; whether it was trained. */
async function train(
  job: TrainJob,
  { store, teacher, threads, checkpointMilliseconds, port }: {
    store: Store;
    teacher: Teacher | null;
    threads: number;
    checkpointMilliseconds: number | undefined;
    port: WorkerPort;
  },
): Promise<boolean> {
  if (await findModel(store, job.key) !== undefined) return false;
  const { info, ...files } = await trainModel(job, {
    teacher,
    folder: await store.workFolder("model", job.key),
    threads,
    checkpointMilliseconds,
    onProgress: (progress) => port.progress(progress),
    onPoint: (point) => port.curve(point),
    onWarning: (message) => port.log("warning", message),
    onNote: (message) => port.log("info", message),
  });
  const warnings = takeDataWarnings();
  for (const message of warnings) port.log("warning", message);
  await putModel(store, job.key, {
    info: { ...info, warnings: [...info.warnings, ...warnings] },
    ...files,
  });
  return true;
}

/** The teacher of a unit; null where it needs none. */
async function loadTeacher(
  { model: job, file, trains }: Unit,
  store: Store,
  threads: number,
): Promise<Teacher | null> {
  const training = file === undefined ? job?.spec.teacherTraining : undefined;
  if (training === undefined) {
    const name = file === undefined ? job?.spec.teacher ?? null : file.teacher;
    return name === null ? null : await teachers.get(name)({ threads });
  }
  // It has no texts, with which its students could be measured.
  if (!trains) return null;
  const { id, key } = job!.teacher!;
  const stored = await findModel(store, key);
  if (stored === undefined) {
    throw new DataError(
      `The teacher ${id} is no longer in the store ${store.folder}. Run the command again`,
    );
  }
  return await loadTrainedTeacher(training, stored, { threads });
}

/** The model of a unit, ready for tasks; undefined where none is needed. */
async function loadModel(
  { model: job, file: source }: Unit,
  store: Store,
  teacher: Teacher | null,
  threads: number,
): Promise<LoadedModel | undefined> {
  if (source !== undefined) {
    const file = await readStudentFile(source.path, source.overrides);
    if (file.sha256 !== source.sha256) {
      throw new DataError(`${source.path} was changed since it was planned. Run the command again`);
    }
    return await modelOfFile(file, { name: source.path, teacher, threads });
  }
  if (job === null) return undefined;
  if (!isTrained(job)) return teacherModel(teacher!);
  const stored = await findModel(store, job.key);
  if (stored === undefined) {
    throw new DataError(
      `The model ${job.id} is no longer in the store ${store.folder}. Run the command again`,
    );
  }
  const file = await readStudentFile(stored.entry.files[studentFileName]!.path);
  return await modelOfFile(file, { name: job.id, teacher, threads });
}

async function runUnit(
  { unit, store: folder, threads, plugins, checkpointMilliseconds }: UnitPayload,
  port: WorkerPort,
): Promise<UnitResult> {
  await loadPlugins(plugins);
  const store = await Store.open(folder, {
    onDamaged: (message) => port.log("warning", message),
  });
  const { model: job } = unit;
  // Whoever prunes the store leaves the models where they are while they are used.
  const keys = isTrained(job) ? [job.key, ...(job.teacher ? [job.teacher.key] : [])] : [];
  using _held = await store.holdAll(keys.map((key) => ["model", key]));
  const teacher = await loadTeacher(unit, store, threads);
  const measured: string[] = [];
  let model: LoadedModel | undefined;
  try {
    const trained = unit.trains && await train(job!, {
      store,
      teacher,
      threads,
      checkpointMilliseconds,
      port,
    });
    for (const measurement of unit.measures) {
      if (await findOutcome(store, measurement.key) !== undefined) continue;
      model ??= await loadModel(unit, store, teacher, threads);
      await measure(model ?? noModel, measurement, {
        store,
        threads,
        checkpointMilliseconds,
        onProgress: (progress) => port.progress(progress),
        onWarning: (message) => port.log("warning", message),
      });
      measured.push(measurement.key);
    }
    return { trained, measured };
  } finally {
    await model?.release();
    await teacher?.release();
  }
}

answerRun<UnitPayload>((payload, port) => withSharedDatasets(() => runUnit(payload, port)));

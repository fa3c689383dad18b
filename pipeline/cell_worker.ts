/**
 * The Worker that runs one cell: pre-trains the student, or loads the teacher, and measures it.
 *
 * @module
 */

import { join } from "node:path";
import { takeDataWarnings } from "../core/data/warnings.ts";
import { writeFileAtomic } from "../core/files.ts";
import { answerRun, type WorkerPort } from "../core/launch/messages.ts";
import { writeSafetensors } from "../core/nn/safetensors.ts";
import type { CellPayload, CellResult } from "../core/recipe/cell.ts";
import { chooseStem } from "../students/student.ts";
import { teachers } from "../teachers/registry.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { type LoadedModel, studentModel, teacherModel } from "./models.ts";
import { loadPlugins } from "./plugins.ts";
import { pretrainStudent } from "./pretraining.ts";
import { runTasks } from "./run_tasks.ts";
import { encodeStudentMetadata } from "./student_file.ts";

async function runCell(
  { cell, folder, threads, plugins }: CellPayload,
  port: WorkerPort,
): Promise<CellResult> {
  await loadPlugins(plugins);
  const { pretrain, seed } = cell;
  const teacher: Teacher | null = pretrain.teacher === null
    ? null
    : await teachers.get(pretrain.teacher)({ threads });
  const result: CellResult = {
    outcomes: [],
    curve: null,
    timings: {},
    skippedImages: [],
    warnings: [],
    details: teacher ? { teacher: teacher.name, teacherHash: teacher.hash } : {},
  };
  let model: LoadedModel;
  if (pretrain.method === "none") model = teacherModel(teacher!);
  else {
    const trained = await pretrainStudent(pretrain, {
      seed,
      teacher,
      folder,
      hash: cell.hash,
      threads,
      curve: { row: cell.rowId, label: cell.id },
      onProgress: (progress) => port.progress(progress),
      onPoint: (point) => port.curve(point),
      onWarning: (message) => port.log("warning", message),
      onNote: (message) => port.log("info", message),
    });
    const { weights, student, backbone, head, settings } = trained;
    await writeFileAtomic(
      join(folder, "student.safetensors"),
      writeSafetensors(weights, {
        metadata: encodeStudentMetadata({
          student: student.name,
          imageSize: settings.imageSize,
          widthMultiplier: settings.widthMultiplier,
          stem: chooseStem(settings),
          head,
          teacher: pretrain.teacher,
          teacherHash: teacher?.hash ?? null,
          classNames: trained.classNames,
          pretrain,
          seed,
          steps: trained.steps,
        }),
      }),
    );
    result.curve = trained.curve;
    result.timings["train"] = trained.seconds;
    result.skippedImages.push(...trained.skipped);
    result.warnings.push(...trained.warnings);
    Object.assign(result.details, {
      student: student.name,
      parameters: trained.parameterCount,
      steps: trained.steps,
      trainViews: trained.viewsHash,
      algorithms: trained.algorithms,
    });
    model = await studentModel({
      name: cell.id,
      backbone,
      weights,
      imageSize: settings.imageSize,
      head,
      teacher,
      threads,
    });
  }
  const { outcomes, seconds, viewHashes } = await runTasks(model, cell.tasks, {
    seed,
    threads,
    keepFile: (name, content) => writeFileAtomic(join(folder, name), content),
    onProgress: (progress) => port.progress(progress),
  });
  await model.release();
  await teacher?.release();
  result.outcomes.push(...outcomes);
  Object.assign(result.timings, seconds);
  result.details["testViews"] = viewHashes;
  result.warnings.push(...takeDataWarnings());
  return result;
}

answerRun<CellPayload>(runCell);

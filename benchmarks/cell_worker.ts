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
import type { CellPayload, CellResult } from "../core/run/cell.ts";
import { teachers } from "../teachers/registry.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { type LoadedModel, studentModel, teacherModel } from "./models.ts";
import { pretrainStudent } from "./pretraining.ts";
import { runTasks } from "./run_tasks.ts";

async function runCell(
  { cell, folder, threads }: CellPayload,
  port: WorkerPort,
): Promise<CellResult> {
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
    });
    const { weights, student, backbone, head, settings } = trained;
    await writeFileAtomic(
      join(folder, "student.safetensors"),
      writeSafetensors(weights, {
        metadata: {
          student: student.name,
          imageSize: `${settings.imageSize}`,
          widthMultiplier: `${settings.widthMultiplier}`,
          head: head.output,
          headDimension: `${head.dimension}`,
          teacher: pretrain.teacher ?? "",
          pretrain: JSON.stringify(pretrain),
        },
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
  const { outcomes, seconds } = await runTasks(model, cell.tasks, {
    seed,
    threads,
    folder,
    onProgress: (progress) => port.progress(progress),
  });
  await model.release();
  await teacher?.release();
  result.outcomes.push(...outcomes);
  Object.assign(result.timings, seconds);
  result.warnings.push(...takeDataWarnings());
  return result;
}

answerRun<CellPayload>(runCell);

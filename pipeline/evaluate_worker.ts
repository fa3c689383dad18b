/**
 * The Worker that measures one student file, or a teacher, by one task.
 *
 * @module
 */

import { join } from "node:path";
import { takeDataWarnings } from "../core/data/warnings.ts";
import { writeFileAtomic } from "../core/files.ts";
import { answerRun, type WorkerPort } from "../core/launch/messages.ts";
import type { CellTask, PluginRequest, TaskOutcome } from "../core/recipe/cell.ts";
import { teachers } from "../teachers/registry.ts";
import { studentModel, teacherModel } from "./models.ts";
import { loadPlugins } from "./plugins.ts";
import { runTasks } from "./run_tasks.ts";
import { readStudentFile, type StudentOverrides } from "./student_file.ts";

/** What the Worker is told to measure. */
export interface EvaluatePayload {
  /** Path of a student file; null to measure the teacher itself. */
  readonly checkpoint: string | null;
  /** What the file does not say. */
  readonly overrides: StudentOverrides;
  /** Name of the teacher whose text encoder is used; null without one. */
  readonly teacher: string | null;
  readonly task: CellTask;
  readonly seed: number;
  readonly threads: number;
  /** Folder for the lists that tasks keep; null keeps none. */
  readonly folder: string | null;
  readonly plugins: PluginRequest;
}

/** What the Worker hands back. */
export interface EvaluateResult {
  readonly outcome: TaskOutcome;
  readonly seconds: number;
  /** Content keys of the views that were looked at. */
  readonly viewHashes: Record<string, string>;
  readonly warnings: string[];
}

async function evaluateModel(
  { checkpoint, overrides, teacher: name, task, seed, threads, folder, plugins }: EvaluatePayload,
  port: WorkerPort,
): Promise<EvaluateResult> {
  await loadPlugins(plugins);
  const teacher = name === null ? null : await teachers.get(name)({ threads });
  const file = checkpoint === null ? null : await readStudentFile(checkpoint, overrides);
  const model = file === null ? teacherModel(teacher!) : await studentModel({
    name: file.path,
    backbone: file.backbone,
    weights: file.weights,
    imageSize: file.imageSize,
    ...(file.head === null ? {} : { head: file.head }),
    teacher,
    threads,
  });
  const { outcomes, seconds, viewHashes } = await runTasks(model, [task], {
    seed,
    threads,
    keepFile: async (name, content) => {
      if (folder !== null) await writeFileAtomic(join(folder, name), content);
    },
    onProgress: (progress) => port.progress(progress),
  });
  await model.release();
  await teacher?.release();
  return {
    outcome: outcomes[0]!,
    seconds: seconds[task.column]!,
    viewHashes,
    warnings: takeDataWarnings(),
  };
}

answerRun<EvaluatePayload>(evaluateModel);

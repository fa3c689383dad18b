/**
 * Checks cells before any of them runs, so that a wrong name or a bad list of class names ends the
 * command at once.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import type { CellSpec } from "../core/recipe/cell.ts";
import { checkNames } from "../core/recipe/plan.ts";
import { loadKnownNames } from "./known_names.ts";

/** Teachers that a cell asks for texts, and that have no text encoder. */
async function findSilentTeachers(cells: readonly CellSpec[]): Promise<string[]> {
  const { teachers } = await import("../teachers/registry.ts");
  const asked = new Map<string, string>();
  for (const { id, pretrain, tasks } of cells) {
    if (pretrain.teacher === null) continue;
    if (pretrain.method === "lgd" || tasks.some(({ task }) => task === "zero-shot")) {
      asked.set(pretrain.teacher, id);
    }
  }
  const problems: string[] = [];
  for (const [name, id] of asked) {
    const teacher = await teachers.get(name)();
    if (!teacher.encodeText) {
      problems.push(
        `Cell ${id}: teacher "${name}" has no text encoder, which method lgd and task zero-shot ` +
          "need; use method seed and task linear-probe, or another teacher",
      );
    }
    await teacher.release();
  }
  return problems;
}

/** Problems of the lists of class names, each read once. */
async function findBadClassNames(cells: readonly CellSpec[]): Promise<string[]> {
  const paths = new Set(
    cells.flatMap(({ pretrain: { text } }) =>
      text?.startsWith("file:") ? [text.slice("file:".length)] : []
    ),
  );
  if (paths.size === 0) return [];
  const { readClassNameFile } = await import("../core/text/class_names.ts");
  const problems: string[] = [];
  for (const path of paths) {
    try {
      await readClassNameFile(path);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(error.message);
    }
  }
  return problems;
}

/** Students that cannot be built or trained at the size that is asked for, each size once. */
async function findMisfits(cells: readonly CellSpec[]): Promise<string[]> {
  const [{ studentBackbone }, { traceBackbone }, { pretrainSchema }, { students }] = await Promise
    .all([
      import("./pretraining.ts"),
      import("../core/methods/distillation_step.ts"),
      import("../core/recipe/protocol.ts"),
      import("../students/registry.ts"),
    ]);
  const problems = new Map<string, string>();
  for (const { id, pretrain } of cells) {
    if (pretrain.method === "none" || pretrain.student === null) continue;
    const settings = pretrainSchema.parse(pretrain.options);
    const { imageSize, widthMultiplier, batchSize, replicas } = settings;
    const key = [pretrain.student, imageSize, widthMultiplier, batchSize / replicas].join();
    if (problems.has(key)) continue;
    problems.set(key, "");
    try {
      const backbone = studentBackbone(students.get(pretrain.student), settings);
      traceBackbone(backbone, { imageSize, batchSize: batchSize / replicas });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.set(key, `Cell ${id}: ${error.message}`);
    }
  }
  return [...problems.values()].filter((problem) => problem !== "");
}

/**
 * Checks that everything cells name is registered, and of the chosen ones, that their students can be
 * built, that their teachers can do what is asked of them and that their lists of class names can be
 * read.
 *
 * @throws {ConfigError} with every problem of the first kind that has any.
 */
export async function checkCells(
  cells: readonly CellSpec[],
  chosen: readonly CellSpec[] = cells,
): Promise<void> {
  checkNames({ cells }, await loadKnownNames());
  const problems = [
    ...await findMisfits(chosen),
    ...await findBadClassNames(chosen),
    ...await findSilentTeachers(chosen),
  ];
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
}

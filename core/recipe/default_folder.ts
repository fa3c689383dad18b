/**
 * Where a run goes when the user does not say. Imports nothing: the launcher uses it.
 *
 * @module
 */

import { defaultMethod } from "../methods/default_method.ts";

/** `runs/<table>-<size>`; a table that is given as a path goes by the name of its file. */
export function defaultRunFolder(table: string, size: string): string {
  const name = table.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/i, "");
  return `runs/${name}-${size}`;
}

/** Where models and outcomes are kept: one store for all tables and commands. */
export const defaultStoreFolder = "runs/store";

/**
 * Where `bench` writes: `runs/bench`. A profile and a long run have folders of their own, since a bench
 * takes long and must not be overwritten by either.
 */
export function defaultBenchFolder(
  { profile, long }: { profile?: unknown; long?: unknown },
): string {
  if (profile !== undefined) return "runs/bench-profile";
  return long === undefined ? "runs/bench" : "runs/bench-long";
}
/** Where `detect` writes. */
export const defaultDetectFolder = "runs/detect";

/** Where `segment` writes. */
export const defaultSegmentFolder = "runs/segment";

/** Where `figures` writes. */
export const defaultFiguresFolder = "runs/figures";

/** Where `nightly` keeps its runs, baselines and report. */
export const defaultNightlyFolder = "runs/nightly";

/** Where `history` and `nightly` keep the numbers of the nights. */
export const defaultHistoryFile = "runs/history.sqlite";

/** Where `history page` writes. */
export const defaultHistoryPage = "runs/history.html";

/** The interpreter in which `bench` looks for PyTorch. */
export const defaultPython = "python3";

/**
 * Settings of `distill` where the user does not give them. `data` is that of its default size; another
 * size has that on which the tables train at it. A model that does not say what it was trained on is
 * measured on it.
 */
export const distillDefaults = {
  method: defaultMethod,
  student: "resnet18",
  teacher: "emoji-clip",
  data: "emojinet-553",
  textTask: "zero-shot",
  size: "mini",
  seed: 0,
} as const;

/** `runs/distill-<method>-<student>-seed<seed>`. */
export function defaultDistillFolder(
  { method, student, seed }: { method?: string; student?: string; seed?: string | number },
): string {
  const name = [
    "distill",
    method ?? distillDefaults.method,
    student ?? distillDefaults.student,
    `seed${seed ?? distillDefaults.seed}`,
  ].join("-");
  // What is unknown is refused later; until then it must not leave the folder.
  return `runs/${name.replaceAll(/[^\w.-]/g, "_").replaceAll("..", "_")}`;
}

/** Where `export` writes: beside the student. */
export function defaultExportFolder(student: string): string {
  const folder = student.replace(/[/\\]?[^/\\]*$/, "");
  return folder === "" ? "export" : `${folder}/export`;
}

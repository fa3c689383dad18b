/**
 * Options that several commands share.
 *
 * @module
 */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { defaultStoreFolder } from "../core/recipe/default_folder.ts";
import { userPath } from "../core/paths.ts";
import type { StudentOverrides } from "../pipeline/student_file.ts";
import type { Stem } from "../students/student.ts";

/** An option's value as a whole number. */
export function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) {
    throw new InvalidArgumentError("Expected a whole number of at most six digits.");
  }
  return Number(text);
}

/** An option's value as a seed: any whole number that a number can hold exactly. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError("Expected a whole number from 0 to 9007199254740991 (2^53 − 1).");
}

/** Reads an option's value as a whole number within bounds. */
export function parseCountFrom(least: number, most = 999_999): (text: string) => number {
  return (text) => {
    const count = parseCount(text);
    if (count >= least && count <= most) return count;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** Threads that one process may be given. */
export const mostThreads = 1024;

/** An option's value as a number above 0. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError("Expected a number above 0.");
  }
  return value;
}

/** An option's value as `HEIGHTxWIDTH`. */
export function parseShape(text: string): { height: number; width: number } {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected HEIGHTxWIDTH, e.g. 800x1344.");
  return { height: Number(match[1]), width: Number(match[2]) };
}

/** Adds the value of an option that may be repeated. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** What the command line says of plug-ins. */
export interface PluginFlags {
  /** Paths of modules. */
  readonly plugin: readonly string[];
  /** Whether they may replace what is built in. */
  readonly pluginOverride?: true | undefined;
}

/** The same as the functions of `pipeline/` take it. */
export function pluginOptions(
  { plugin, pluginOverride }: PluginFlags,
): { plugins: readonly string[]; pluginOverride: boolean } {
  return { plugins: plugin.map((path) => userPath(path)), pluginOverride: pluginOverride === true };
}

/** `--plugin`, which may be repeated. */
export const pluginOption = new Option(
  "--plugin <module>",
  "module (.ts) that brings tasks, students, teachers, methods or data sets; it runs with all your rights; may be repeated",
).argParser(collect).default([] as string[]);

/** `--plugin-override` */
export const pluginOverrideOption = new Option(
  "--plugin-override",
  "let plug-ins replace what is built in",
);

/** `--set`, which may be repeated. */
export const setOption = new Option(
  "--set <key=value>",
  "override a setting; may be repeated",
).argParser(collect).default([] as string[]);

/** `--store` */
export const storeOption = new Option(
  "--store <folder>",
  `store of models and outcomes (default: ${defaultStoreFolder})`,
);

/** `--threads` of one session. */
export const threadsOption = new Option("--threads <count>", "threads")
  .argParser(parseCountFrom(1, mostThreads)).default(1);

/** What the command line says of a student file that does not say it itself. */
export interface StudentFlags {
  /** Name of the student. */
  readonly student?: string | undefined;
  /** Side of the images, pixels. */
  readonly imageSize?: number | undefined;
  /** Factor on the channel counts. */
  readonly widthMultiplier?: number | undefined;
  /** torchvision's first layers, or those for small images. */
  readonly stem?: Stem | undefined;
}

/** The same as the functions of `pipeline/` take it. */
export function studentOverrides(
  { student, imageSize, widthMultiplier, stem }: StudentFlags,
): StudentOverrides {
  return {
    ...(student === undefined ? {} : { student }),
    ...(imageSize === undefined ? {} : { imageSize }),
    ...(widthMultiplier === undefined ? {} : { widthMultiplier }),
    ...(stem === undefined ? {} : { stem }),
  };
}

/** `--student`, for weights from elsewhere. */
export const studentOption = new Option(
  "--student <name>",
  "architecture, where the file does not say it",
);

/** `--image-size`, for weights from elsewhere. */
export const imageSizeOption = new Option(
  "--image-size <pixels>",
  "side of the images, where the file does not say it",
).argParser(parseCount);

/** An option's value as a stem. */
function parseStem(text: string): Stem {
  if (text === "standard" || text === "small") return text;
  throw new InvalidArgumentError("Expected standard or small.");
}

/** `--stem`, for weights from elsewhere. */
export const stemOption = new Option(
  "--stem <name>",
  "standard (torchvision's) or small (fewer early strides), where the file does not say it",
).argParser(parseStem);

/** `--width-multiplier`, for weights from elsewhere. */
export const widthMultiplierOption = new Option(
  "--width-multiplier <factor>",
  "factor on the channels, where the file does not say it",
).argParser(parsePositive);

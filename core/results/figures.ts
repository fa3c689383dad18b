/**
 * Figures that a task hands to the report beside its evidence: scenes and maps with what was found, lines,
 * bars, matrices. A task keeps them as {@linkcode figuresFileName}; the report shows those of two
 * compared rows side by side.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { explainIssues } from "../explain_schema.ts";
import { figureLimits, figuresSchema } from "./figures_schema.ts";
import type { JointFigure } from "./joint_figures.ts";

/** Name of the file that a task keeps. */
export const figuresFileName = "figures.json";

export { figureLimits };

/** An object on a scene. */
export interface FigureShape {
  label: string;
  /** 0 to 1; absent for the truth. */
  readonly score?: number | undefined;
  /** x0, y0, x1, y1 in pixels of the picture. */
  readonly box?: [number, number, number, number] | undefined;
  /** Path around the object as SVG writes it, in pixels of the picture. */
  outline?: string | undefined;
}

/** A picture with what is on it and what was found. */
export interface FigureScene {
  /** Id of the sample. */
  readonly id: string;
  /** Key of the pictures. */
  readonly picture: string;
  readonly width: number;
  readonly height: number;
  readonly truth: FigureShape[];
  readonly found: FigureShape[];
}

/** A picture with the class of every pixel, in truth and as it was found. */
export interface FigureMap {
  /** Id of the sample. */
  readonly id: string;
  /** Key of the pictures. */
  readonly picture: string;
  readonly width: number;
  readonly height: number;
  /** Runs of one class, row by row: class, pixels, class, pixels …; class −1 is not judged. */
  readonly truth: number[];
  readonly found: number[];
}

/** What every figure has. */
export interface CommonFigure {
  /** The same for figures that are shown together. */
  readonly id: string;
  readonly title: string;
  readonly split: string;
}

/** One figure. */
export type Figure =
  & CommonFigure
  & (
    | { readonly kind: "scenes"; readonly scenes: FigureScene[] }
    | {
      readonly kind: "maps";
      /** Names of the classes. */
      readonly names: string[];
      readonly maps: FigureMap[];
    }
    | {
      readonly kind: "matrix";
      readonly unit: string;
      /** What stands in rows, and what in columns. */
      readonly row: string;
      readonly column: string;
      /** Of rows and of columns. */
      readonly names: string[];
      readonly values: number[][];
    }
    | {
      readonly kind: "lines";
      /** Title of the axis. */
      readonly x: string;
      /** Title of the axis. */
      readonly y: string;
      /** Ends of the axis. @default {[0, 1]} */
      readonly xRange?: [number, number] | undefined;
      /** Ends of the axis. @default {[0, 1]} */
      readonly yRange?: [number, number] | undefined;
      readonly lines: { readonly name: string; readonly x: number[]; readonly y: number[] }[];
    }
    | {
      readonly kind: "bars";
      readonly unit: string;
      /** How two rows are compared. */
      readonly compare: "beside" | "difference";
      /** A value of null: there is none. */
      readonly bars: { readonly name: string; readonly value: number | null }[];
    }
  );

/** What a task keeps: figures, and the pictures that their scenes name, as PNG in data URIs. */
export interface Figures {
  readonly schemaVersion: 1;
  readonly pictures: Record<string, string>;
  readonly figures: Figure[];
}

/** Figures of a result, by row and column. */
export interface ResultFigures {
  readonly pictures: Record<string, string>;
  readonly figures: {
    readonly row: string;
    /** First of the columns that read this measurement. */
    readonly column: string;
    /** Title of the data. */
    readonly data: string;
    readonly seed: number;
    readonly figure: Figure;
  }[];
  /** Figures of several rows together; absent where a recipe asks for none. */
  readonly joint?: JointFigure[];
}

/** Figures of some models on a split, without a table around them. */
export interface ModelFigures {
  readonly figures: ResultFigures;
  /** Models that are shown, by the names that the figures call them. */
  readonly models: readonly string[];
  /** Title of the data. */
  readonly data: string;
  readonly split: string;
  readonly credits: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * The text of a file of figures.
 *
 * @throws {DataError} where they are not what a report can show, or too many.
 */
export function formatFigures(figures: Figures): string {
  const checked = figuresSchema.safeParse(figures);
  if (!checked.success) {
    const issues = explainIssues(checked.error, { schema: figuresSchema, value: figures });
    throw new DataError(`Cannot keep the figures:\n  ${issues.slice(0, 10).join("\n  ")}`);
  }
  const json = JSON.stringify(figures);
  if (json.length > figureLimits.bytes) {
    throw new DataError(
      `Cannot keep the figures: ${json.length} characters, expected at most ${figureLimits.bytes}; ` +
        "show fewer scenes",
    );
  }
  return json;
}

/**
 * Reads a file of figures.
 *
 * @param source The file, for messages.
 * @throws {DataError} where it is not one.
 */
export function parseFigures(text: string, source: string): Figures {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DataError(`Cannot read the figures ${source}: it is not JSON`);
  }
  const checked = figuresSchema.safeParse(value);
  if (checked.success) return checked.data;
  const issues = explainIssues(checked.error, { schema: figuresSchema, value });
  throw new DataError(`Cannot read the figures ${source}: ${issues.slice(0, 3).join("; ")}`);
}

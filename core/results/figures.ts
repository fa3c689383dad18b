/**
 * Figures that a task hands to the report beside its evidence: scenes with what is on them and what was
 * found, lines, bars. A task keeps them as {@linkcode figuresFileName}; the report shows those of two
 * compared rows side by side.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../errors.ts";
import { explainIssues } from "../explain_schema.ts";

/** Name of the file that a task keeps. */
export const figuresFileName = "figures.json";

/** Limits, so that no report grows without bound. */
export const figureLimits = {
  /** Bytes of a file of figures. */
  bytes: 4 * 1024 * 1024,
  /** Longest side of a picture, pixels. */
  pictureSide: 320,
  /** Characters of a picture as a data URI. */
  pictureText: 400_000,
  /** Scenes of a figure. */
  scenes: 24,
  /** Objects on a scene, on each side. */
  shapes: 100,
} as const;

const text = z.string().max(200);
const number = z.number();
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/, "expected a lower-case name");

const shapeSchema = z.strictObject({
  label: text,
  score: number.optional().describe("0 to 1; absent for the truth"),
  box: z.tuple([number, number, number, number]).optional().describe(
    "x0, y0, x1, y1 in pixels of the picture",
  ),
  outline: z.string().max(20_000).regex(/^[MmHhVvLlZz0-9 ,.-]*$/, "expected an SVG path").optional()
    .describe("Path around the object, in pixels of the picture"),
});

const sceneSchema = z.strictObject({
  id: text.describe("Id of the sample"),
  picture: id.describe("Key of pictures"),
  width: z.number().int().min(1).max(figureLimits.pictureSide),
  height: z.number().int().min(1).max(figureLimits.pictureSide),
  truth: z.array(shapeSchema).max(figureLimits.shapes),
  found: z.array(shapeSchema).max(figureLimits.shapes),
});

const common = {
  id: id.describe("The same for figures that are shown together"),
  title: text,
  split: text,
};

const figureSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...common,
    kind: z.literal("scenes"),
    scenes: z.array(sceneSchema).max(figureLimits.scenes),
  }),
  z.strictObject({
    ...common,
    kind: z.literal("lines"),
    x: text.describe("Title of the axis"),
    y: text.describe("Title of the axis"),
    lines: z.array(z.strictObject({
      name: text,
      x: z.array(number).max(1000),
      y: z.array(number).max(1000),
    })).max(8),
  }),
  z.strictObject({
    ...common,
    kind: z.literal("bars"),
    unit: text,
    compare: z.enum(["beside", "difference"]).describe("How two rows are compared"),
    bars: z.array(z.strictObject({
      name: text,
      value: number.nullable().describe("null: there is none"),
    })).max(2000),
  }),
]);

const picturesSchema = z.record(
  id,
  z.string().max(figureLimits.pictureText).regex(
    /^data:image\/png;base64,[A-Za-z0-9+/]+=*$/,
    "expected a PNG as a data URI",
  ),
);

/** A file of figures. */
export const figuresSchema = z.strictObject({
  schemaVersion: z.literal(1),
  pictures: picturesSchema,
  figures: z.array(figureSchema).max(64),
});

/** Figures of a result, by row and column. */
export const resultFiguresSchema = z.strictObject({
  pictures: picturesSchema,
  figures: z.array(z.strictObject({
    row: z.string(),
    column: z.string().describe("First of the columns that read this measurement"),
    data: z.string().describe("Title of the data"),
    seed: z.number().int(),
    figure: figureSchema,
  })),
});

/** An object on a scene. */
export type FigureShape = z.infer<typeof shapeSchema>;
/** A picture with what is on it and what was found. */
export type FigureScene = z.infer<typeof sceneSchema>;
/** One figure. */
export type Figure = z.infer<typeof figureSchema>;
/** What a task keeps: figures, and the pictures that their scenes name. */
export type Figures = z.infer<typeof figuresSchema>;
/** Figures of a result. */
export type ResultFigures = z.infer<typeof resultFiguresSchema>;

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

/**
 * What a file of figures may hold, and how much of it: checked when it is written and when it is read.
 *
 * @module
 */

import { z } from "zod";
import { jointFigureSchema } from "./joint_figures_schema.ts";

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
  /** Runs of one class on a map. */
  runs: 20_000,
  /** Rows and columns of a matrix. */
  matrix: 40,
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

const runsSchema = z.array(z.number().int().min(-1)).max(2 * figureLimits.runs).describe(
  "Runs of one class, row by row: class, pixels, class, pixels …; class -1 is not judged",
);

/** Why runs are no map of a size; undefined where they are one. */
function runsProblem(runs: readonly number[], classes: number, area: number): string | undefined {
  let pixels = 0;
  for (let place = 0; place < runs.length; place += 2) {
    const name = runs[place]!, length = runs[place + 1] ?? 0;
    if (name >= classes) return `expected classes below ${classes}, got ${name}`;
    if (length < 1) return `expected runs of 1 pixel or more, got ${length}`;
    pixels += length;
  }
  return pixels === area ? undefined : `expected runs of ${area} pixels, got ${pixels}`;
}

const mapsSchema = z.strictObject({
  names: z.array(text).min(1).max(255).describe("Names of the classes"),
  maps: z.array(z.strictObject({
    id: text.describe("Id of the sample"),
    picture: id.describe("Key of pictures"),
    width: z.number().int().min(1).max(figureLimits.pictureSide),
    height: z.number().int().min(1).max(figureLimits.pictureSide),
    truth: runsSchema,
    found: runsSchema,
  })).max(figureLimits.scenes),
});

const matrixSchema = z.strictObject({
  unit: text,
  row: text.describe("What stands in rows"),
  column: text.describe("What stands in columns"),
  names: z.array(text).min(1).max(figureLimits.matrix),
  values: z.array(z.array(number).max(figureLimits.matrix)).max(figureLimits.matrix),
});

const rangeSchema = z.tuple([number, number])
  .refine(([low, high]) => low < high, "expected the lower end first")
  .describe("Ends of the axis; 0 and 1 where absent");

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
  z.strictObject({ ...common, kind: z.literal("maps"), ...mapsSchema.shape }).superRefine(
    ({ names, maps }, context) => {
      maps.forEach(({ width, height, truth, found }, index) => {
        for (const [side, runs] of Object.entries({ truth, found })) {
          const problem = runsProblem(runs, names.length, width * height);
          if (problem === undefined) continue;
          context.addIssue({ code: "custom", path: ["maps", index, side], message: problem });
        }
      });
    },
  ),
  z.strictObject({ ...common, kind: z.literal("matrix"), ...matrixSchema.shape }).superRefine(
    ({ names, values }, context) => {
      const { length } = names;
      if (values.length === length && values.every((row) => row.length === length)) return;
      const message = `expected ${length} rows of ${length} numbers, one for each name`;
      context.addIssue({ code: "custom", path: ["values"], message });
    },
  ),
  z.strictObject({
    ...common,
    kind: z.literal("lines"),
    x: text.describe("Title of the axis"),
    y: text.describe("Title of the axis"),
    xRange: rangeSchema.optional(),
    yRange: rangeSchema.optional(),
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

/** Pictures by name. */
export const picturesSchema = z.record(
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
  joint: z.array(jointFigureSchema).max(32).optional().describe("Figures of several rows"),
});

/**
 * What figures of several rows may hold, and how much of it.
 *
 * @module
 */

import { z } from "zod";
import { jointFigureLimits } from "./joint_figure_limits.ts";
import type { JointFigure } from "./joint_figures.ts";

const { rows: mostRows, images, activationSide, points, panels, panelSide, classes } =
  jointFigureLimits;

const text = z.string().max(200);
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/, "expected a lower-case name");
const rowId = z.string().max(200).describe("Id of the row");
const whole = z.number().int().min(0);

const common = {
  id: id.describe("Unique among the figures of several rows of a result"),
  column: z.string().describe("Column whose data, class names and prompts it is of"),
  data: text.describe("Title of the data"),
  split: text,
  seed: z.number().int(),
};

const atlasSchema = z.strictObject({
  picture: id.describe("Key of pictures"),
  tile: z.number().int().min(1).max(64).describe("Side of a tile, pixels"),
  columns: z.number().int().min(1).max(64).describe("Tiles in a line"),
  count: z.number().int().min(1).max(4096).describe("Tiles, line by line"),
}).describe("Views side by side in one picture");

const activationFigureSchema = z.strictObject({
  ...common,
  kind: z.literal("activations"),
  rows: z.array(z.strictObject({
    row: rowId,
    layer: z.enum(["c2", "c3", "c4", "c5"]).describe("Feature map that was looked at"),
    height: z.number().int().min(1).max(activationSide),
    width: z.number().int().min(1).max(activationSide),
  })).min(1).max(mostRows),
  atlas: atlasSchema,
  images: z.array(z.strictObject({
    id: text.describe("Id of the sample"),
    label: text.describe("Its class, whose text the score is of"),
    tile: whole,
    rows: z.array(z.strictObject({
      score: z.number().describe("Cosine of image and text"),
      values: z.array(z.number().min(0).max(1)).max(activationSide ** 2).describe(
        "Row by row, as a share of the largest; all 0 where nothing speaks for the class",
      ),
    })).max(mostRows),
  })).min(1).max(images),
}).superRefine((figure, context) => {
  figure.images.forEach((image, place) => {
    const fits = image.rows.length === figure.rows.length &&
      image.rows.every(({ values }, row) =>
        values.length === figure.rows[row]!.height * figure.rows[row]!.width
      );
    if (fits && image.tile < figure.atlas.count) return;
    const message = "expected a map of its size for every row, and a tile of the atlas";
    context.addIssue({ code: "custom", path: ["images", place], message });
  });
});

const coordinate = z.number().int().min(0).max(panelSide);

const seriesSchema = z.strictObject({
  kind: z.enum(["images", "texts"]),
  row: rowId,
  items: z.array(whole).max(points).describe("Indices of points, or of classes"),
  x: z.array(coordinate).max(points),
  y: z.array(coordinate).max(points),
});

const featureFigureSchema = z.strictObject({
  ...common,
  kind: z.literal("features"),
  method: z.enum(["UMAP", "t-SNE"]),
  settings: text.describe("Settings of the method, in words"),
  classes: z.array(text).min(1).max(classes),
  coloured: z.array(whole).max(jointFigureLimits.colours).describe("Classes with a colour"),
  points: z.array(z.strictObject({
    id: text.describe("Id of the sample"),
    label: whole,
    tile: whole,
  })).max(points),
  atlas: atlasSchema.nullable().describe("null: the views are too many to be kept"),
  panels: z.array(z.strictObject({
    title: z.array(rowId).min(1).max(mostRows).describe("Rows on it"),
    numbers: z.array(z.strictObject({ name: text, value: z.number() })).max(8),
    series: z.array(seriesSchema).min(1).max(2 * mostRows),
  })).min(1).max(panels),
}).superRefine((figure, context) => {
  const fail = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  const tiles = figure.atlas?.count ?? Infinity;
  figure.points.forEach(({ label, tile }, place) => {
    if (label < figure.classes.length && tile < tiles) return;
    fail(["points", place], "expected a class and a tile that there are");
  });
  if (figure.coloured.some((label) => label >= figure.classes.length)) {
    fail(["coloured"], "expected classes that there are");
  }
  figure.panels.forEach(({ series }, panel) =>
    series.forEach(({ kind, items, x, y }, place) => {
      const most = kind === "images" ? figure.points.length : figure.classes.length;
      const fits = x.length === items.length && y.length === items.length &&
        items.every((item) => item < most);
      if (!fits) fail(["panels", panel, "series", place], "expected x and y of things there are");
    })
  );
});

const confusionFigureSchema = z.strictObject({
  ...common,
  kind: z.literal("confusions"),
  rows: z.array(z.strictObject({
    row: rowId,
    errors: z.number().min(0).max(100).describe("Percent of all views that are taken for another"),
    shown: z.number().min(0).max(100).describe("Percent of those errors that the pairs are"),
  })).min(1).max(mostRows),
  atlas: atlasSchema,
  pairs: z.array(z.strictObject({
    first: text,
    second: text,
    tiles: z.tuple([whole, whole]),
    cosine: z.number().describe("Cosine of the two texts"),
    values: z.array(z.number().min(0).max(100)).max(mostRows).describe(
      "Percent of the views of both classes that are taken for the other one, by row",
    ),
  })).max(jointFigureLimits.pairs),
});

const gainFigureSchema = z.strictObject({
  ...common,
  kind: z.literal("gain"),
  base: rowId,
  other: rowId,
  classes: z.array(z.strictObject({
    name: text,
    views: whole,
    base: z.number().min(0).max(100).describe("Percent of its views that are right"),
    other: z.number().min(0).max(100),
  })).max(classes).describe("Classes that have views, in the order of the data"),
});

/** See `JointFigure`. */
export const jointFigureSchema: z.ZodType<JointFigure> = z.discriminatedUnion("kind", [
  activationFigureSchema,
  featureFigureSchema,
  confusionFigureSchema,
  gainFigureSchema,
]);

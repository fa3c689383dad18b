/**
 * The figures of several rows that a recipe asks for.
 *
 * @module
 */

import { z } from "zod";
import { jointFigureLimits } from "../results/joint_figure_limits.ts";

const rows = z.array(z.string()).min(1).max(jointFigureLimits.rows);

/** Figures of some rows on the data of a column. What is absent is not drawn. */
export const recipeFiguresSchema = z.strictObject({
  column: z.string().describe("Column whose data, prompts and class names the figures are of"),
  split: z.string().optional().describe(
    "Split that is looked at; default: the first measured one that the data have",
  ),
  rows: rows.describe("Rows that are shown, in this order"),
  activations: z.strictObject({
    images: z.number().int().min(1).max(jointFigureLimits.images).default(6).describe(
      "Images, of classes that are evenly spaced in the list",
    ),
    layer: z.enum(["auto", "c2", "c3", "c4", "c5"]).default("auto").describe(
      "Feature map that Grad-CAM looks at; auto: the last one of 4 × 4 pixels or more",
    ),
  }).optional().describe("Grad-CAM: where models see what the class of an image says"),
  features: z.strictObject({
    methods: z.array(z.enum(["umap", "t-sne"])).min(1).max(2).default(["umap", "t-sne"]),
    points: z.number().int().min(10).max(jointFigureLimits.points).default(400).describe(
      "Views that are drawn, as many of each image as there is room for",
    ),
    classes: z.number().int().min(1).max(jointFigureLimits.colours).default(10).describe(
      "Classes with a colour of their own, evenly spaced in the list",
    ),
    neighbours: z.number().int().min(2).max(200).default(15).describe(
      "Neighbours of UMAP, and of the numbers beside the maps",
    ),
    minDistance: z.number().min(0).max(0.99).default(0.1).describe("Least distance of UMAP"),
    perplexity: z.number().min(1).max(200).default(30).describe("Perplexity of t-SNE"),
    together: z.array(z.string()).max(jointFigureLimits.rows).default([]).describe(
      "Students that are drawn on one map with their teacher and its texts, one map each",
    ),
  }).optional().describe("Maps of features"),
  confusions: z.strictObject({
    pairs: z.number().int().min(1).max(jointFigureLimits.pairs).default(12),
  }).optional().describe("Pairs of classes that are most taken for each other"),
  gain: z.strictObject({ base: z.string(), other: z.string() }).optional().describe(
    "What one row gains over another by class",
  ),
});

/** Figures of several rows, checked and complete. */
export type RecipeFigures = z.infer<typeof recipeFiguresSchema>;

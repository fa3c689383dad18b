/**
 * Figures of several rows together: where models look (Grad-CAM), maps of their features, the classes that
 * they confuse, what one gains over another by class. Rows are named by their ids.
 *
 * @module
 */

import type { z } from "zod";
import type {
  activationFigureSchema,
  confusionFigureSchema,
  featureFigureSchema,
  gainFigureSchema,
  jointFigureSchema,
} from "./joint_figures_schema.ts";

/** Where models see what the class of an image says: Grad-CAM of the same images, row by row. */
export type ActivationFigure = z.infer<typeof activationFigureSchema>;

/** Maps of features by UMAP or t-SNE, a panel for each row, or of rows and texts together. */
export type FeatureFigure = z.infer<typeof featureFigureSchema>;

/** The pairs of classes that are most taken for each other. */
export type ConfusionFigure = z.infer<typeof confusionFigureSchema>;

/** What one row gains over another, class by class. */
export type GainFigure = z.infer<typeof gainFigureSchema>;

/** One figure of several rows. */
export type JointFigure = z.infer<typeof jointFigureSchema>;

/** One panel of a feature figure. */
export type FeaturePanel = FeatureFigure["panels"][number];

/** Pictures of classes and points, side by side in one picture. */
export type FigureAtlas = NonNullable<FeatureFigure["atlas"]>;

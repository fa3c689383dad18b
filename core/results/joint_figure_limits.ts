/**
 * How much figures of several rows may hold.
 *
 * @module
 */

/** Limits, so that no report grows without bound. */
export const jointFigureLimits = {
  /** Rows of a figure. */
  rows: 8,
  /** Images of which activations are shown. */
  images: 24,
  /** Longest side of a map of activations. */
  activationSide: 32,
  /** Points of a map of features. */
  points: 2000,
  /** Panels of a figure. */
  panels: 12,
  /** Side of a panel: coordinates are whole numbers up to it. */
  panelSide: 1000,
  /** Classes with a colour of their own. */
  colours: 12,
  /** Pairs of classes. */
  pairs: 40,
  /** Classes. */
  classes: 2000,
} as const;

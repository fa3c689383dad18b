/**
 * Figures of several rows together: where models look (Grad-CAM), maps of their features, the classes that
 * they confuse, what one gains over another by class. Rows are named by their ids.
 *
 * @module
 */

/** What every figure of several rows has. */
export interface CommonJointFigure {
  /** Unique among the figures of several rows of a result. */
  id: string;
  /** Column whose data, class names and prompts it is of. */
  column: string;
  /** Title of the data. */
  data: string;
  split: string;
  seed: number;
}

/** Views side by side in one picture. */
export interface FigureAtlas {
  /** Key of the pictures. */
  picture: string;
  /** Side of a tile, pixels. */
  tile: number;
  /** Tiles in a line. */
  columns: number;
  /** Tiles, line by line. */
  count: number;
}

/** Where models see what the class of an image says: Grad-CAM of the same images, row by row. */
export interface ActivationFigure extends CommonJointFigure {
  kind: "activations";
  rows: {
    row: string;
    /** Feature map that was looked at. */
    layer: "c2" | "c3" | "c4" | "c5";
    height: number;
    width: number;
  }[];
  atlas: FigureAtlas;
  images: {
    /** Id of the sample. */
    id: string;
    /** Its class, whose text the score is of. */
    label: string;
    tile: number;
    rows: {
      /** Cosine of image and text. */
      score: number;
      /** Row by row, as a share of the largest; all 0 where nothing speaks for the class. */
      values: number[];
    }[];
  }[];
}

/** Marks of one kind on a map of features. */
export interface FeatureSeries {
  kind: "images" | "texts";
  row: string;
  /** Indices of points, or of classes. */
  items: number[];
  /** Whole numbers from 0 to `jointFigureLimits.panelSide`. */
  x: number[];
  y: number[];
}

/** One map of features. */
export interface FeaturePanel {
  /** Rows on it. */
  title: string[];
  /** What is known of it in numbers. */
  numbers: { name: string; value: number }[];
  series: FeatureSeries[];
}

/** Maps of features by UMAP or t-SNE, a panel for each row, or of rows and texts together. */
export interface FeatureFigure extends CommonJointFigure {
  kind: "features";
  method: "UMAP" | "t-SNE";
  /** Settings of the method, in words. */
  settings: string;
  classes: string[];
  /** Classes with a colour of their own. */
  coloured: number[];
  points: {
    /** Id of the sample. */
    id: string;
    label: number;
    tile: number;
  }[];
  /** Null where the views are too many to be kept. */
  atlas: FigureAtlas | null;
  panels: FeaturePanel[];
}

/** The pairs of classes that are most taken for each other. */
export interface ConfusionFigure extends CommonJointFigure {
  kind: "confusions";
  rows: {
    row: string;
    /** Percent of all views that are taken for another class. */
    errors: number;
    /** Percent of those errors that the pairs are. */
    shown: number;
  }[];
  atlas: FigureAtlas;
  pairs: {
    first: string;
    second: string;
    tiles: [number, number];
    /** Cosine of the two texts. */
    cosine: number;
    /** Percent of the views of both classes that are taken for the other one, by row. */
    values: number[];
  }[];
}

/** What one row gains over another, class by class. */
export interface GainFigure extends CommonJointFigure {
  kind: "gain";
  base: string;
  other: string;
  /** Classes that have views, in the order of the data; percent of the views that are right. */
  classes: { name: string; views: number; base: number; other: number }[];
}

/** One figure of several rows. */
export type JointFigure = ActivationFigure | FeatureFigure | ConfusionFigure | GainFigure;

/**
 * What is known of an image besides its pixels. The kinds here are those of the tasks that are
 * built in; a plug-in may bring a kind of its own.
 *
 * @module
 */

/** What every annotation has: the name of its kind. */
export interface Annotation {
  readonly kind: string;
}

/** One class. */
export interface LabelAnnotation extends Annotation {
  readonly kind: "label";
  /** Index into the data set's class names. */
  readonly label: number;
}

/** Outline of an object: polygons, or COCO's run-length encoding. */
export type InstanceMask =
  | {
    readonly kind: "polygons";
    /** Each `[x0, y0, x1, y1, …]` in pixels; the object is the union of their insides. */
    readonly polygons: readonly Float64Array[];
  }
  | {
    readonly kind: "rle";
    readonly height: number;
    readonly width: number;
    /** Lengths of runs, column by column from the top left, first of those outside. */
    readonly counts: Uint32Array;
  };

/** Objects, each with a box, a class and an outline. */
export interface InstancesAnnotation extends Annotation {
  readonly kind: "instances";
  /** `[N, 4]`: x0, y0, x1, y1 in pixels of the image. */
  readonly boxes: Float32Array;
  /** Index into the data set's class names, `[N]`. */
  readonly categories: Uint32Array;
  /** 1 for a region of many objects, which is neither hit nor miss, `[N]`. */
  readonly crowd: Uint8Array;
  readonly masks: readonly InstanceMask[];
  /**
   * Areas in pixels as the annotator gives them, `[N]`: COCO sorts objects into small, medium and
   * large by these. @default {the area of each mask}
   */
  readonly areas?: Float64Array;
  /** What the data set calls each object, `[N]`: for messages. @default {places in this list} */
  readonly ids?: readonly (number | string)[];
  /** What is known of the whole image where not every category was looked for in it. */
  readonly federated?: FederatedCategories;
}

/**
 * Categories of an image in a federated data set, such as LVIS, in which each image was labelled for
 * a few of the categories only. Of all others, besides those of its objects, nothing is known.
 */
export interface FederatedCategories {
  /** Known to be absent: a detection is wrong. Indices into the class names. */
  readonly negative: Uint32Array;
  /** Present, but not every object of it is labelled: a detection too many is ignored. */
  readonly notExhaustive: Uint32Array;
}

/** How many training images show a category, as LVIS divides them: 1–10, 11–100, more than 100. */
export type CategoryFrequency = "rare" | "common" | "frequent";

/** A class for every pixel. */
export interface SegmentationAnnotation extends Annotation {
  readonly kind: "segmentation";
  readonly width: number;
  readonly height: number;
  /** `[height, width]`, index into the class names; the greatest value means "not judged". */
  readonly map: Uint8Array | Uint16Array;
}

/** Nothing but pixels. */
export interface NoAnnotation extends Annotation {
  readonly kind: "none";
}

/**
 * A student at a size, as trainings and measurements take it.
 *
 * @module
 */

import type { Backbone } from "../core/methods/backbone.ts";
import type { Stem, Student } from "../students/student.ts";

/** The backbone of a student at a size. */
export function studentBackbone(
  student: Student,
  { imageSize, widthMultiplier, stem }: {
    imageSize: number;
    widthMultiplier: number;
    /** By the size of the images where absent. */
    stem?: Stem;
  },
): Backbone {
  return {
    headName: student.headName,
    headDropout: student.headDropout,
    preprocess: student.preprocess,
    features: (context, images, options) =>
      student.build(context, images, {
        imageSize,
        widthMultiplier,
        ...(stem ? { stem } : {}),
        ...options,
      }),
  };
}

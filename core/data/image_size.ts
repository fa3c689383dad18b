/**
 * How large images may be that a model sees: one limit for settings, views and loaders.
 *
 * @module
 */

/** Least and greatest side of a view in pixels. */
export const imageSizeLimits = { least: 8, most: 1024 } as const;

/**
 * What is wrong with a number that must be whole and in a range; undefined where nothing is.
 *
 * @param name Of the option, for the message.
 */
export function rangeProblem(
  name: string,
  value: unknown,
  least: number,
  most: number,
): string | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most
    ? undefined
    : `${name} is ${value}, expected a whole number from ${least} to ${most}`;
}

/** {@linkcode rangeProblem} of the side of a view. */
export function imageSizeProblem(value: unknown, name = "imageSize"): string | undefined {
  return rangeProblem(name, value, imageSizeLimits.least, imageSizeLimits.most);
}

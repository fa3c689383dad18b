/**
 * The method that is taken where the user names none.
 *
 * @module
 */

/** Its name in the registry; apart from it, so that nothing is loaded to know it. */
export const defaultMethod = "lgd";

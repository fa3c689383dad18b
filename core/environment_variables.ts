/**
 * Environment variables, read in one way: an empty one is as good as none.
 *
 * @module
 */

/**
 * The value of an environment variable; undefined where it is not set, empty, or may not be read.
 */
export function readVariable(name: string): string | undefined {
  try {
    const value = Deno.env.get(name);
    return value === undefined || value.trim() === "" ? undefined : value;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

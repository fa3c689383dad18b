/**
 * Options of the scripts that test: what cannot be read is refused before anything runs, since a script
 * that tries nothing would pass.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";

/**
 * A whole number.
 *
 * @param name Of the option, with its dashes.
 * @throws {ConfigError} for anything else, and below `least`.
 */
export function wholeNumberOption(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new ConfigError(`${name}: expected a whole number from ${least}, got "${text}"`);
}

/**
 * A number above 0; `Infinity` is one.
 *
 * @throws {ConfigError} for anything else.
 */
export function positiveOption(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0) return value;
  throw new ConfigError(`${name}: expected a number above 0, got "${text}"`);
}

/**
 * Names from a list, separated by commas; in the order of the list.
 *
 * @throws {ConfigError} for a name that is not in it.
 */
export function namesOption<const Name extends string>(
  name: string,
  text: string,
  known: readonly Name[],
): Name[] {
  const chosen = text.split(",").map((word) => word.trim());
  for (const word of chosen) {
    if (known.some((other) => other === word)) continue;
    throw new ConfigError(
      `${name}: expected names from ${known.join(", ")}, separated by commas, got "${word}"`,
    );
  }
  return known.filter((other) => chosen.includes(other));
}

/** Reads options; ends the script with its exit code and one line where they cannot be read. */
export function readOptions<Options>(read: () => Options): Options {
  try {
    return read();
  } catch (error) {
    // What `parseArgs` says of options that it does not know is a TypeError with a code.
    const isUsage = error instanceof ConfigError ||
      (error instanceof TypeError &&
        `${(error as { code?: unknown }).code}`.startsWith("ERR_PARSE"));
    if (!isUsage) throw error;
    console.error(`error: ${error.message}`);
    Deno.exit(2);
  }
}

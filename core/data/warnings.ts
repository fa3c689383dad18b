/**
 * Warnings of the data layer: kept until a command takes them and shows them.
 *
 * @module
 */

const pending: string[] = [];

/** Notes something that went wrong and was repaired, such as a damaged cache file. */
export function addDataWarning(message: string): void {
  if (!pending.includes(message)) pending.push(message);
}

/** Takes all warnings noted since the last call. */
export function takeDataWarnings(): string[] {
  return pending.splice(0);
}

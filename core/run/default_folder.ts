/**
 * Where a run goes when the user does not say. Imports nothing: the launcher uses it.
 *
 * @module
 */

/** `runs/<table>-<size>`; a table that is given as a path goes by the name of its file. */
export function defaultRunFolder(table: string, size: string): string {
  const name = table.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/, "");
  return `runs/${name}-${size}`;
}

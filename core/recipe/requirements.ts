/**
 * What the user must supply for a table.
 *
 * @module
 */

import { datasetPath } from "../data/registry.ts";
import { DataError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import { userPath } from "../paths.ts";
import type { ResolvedRecipe } from "./resolve_recipe.ts";

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * Checks that what the user must supply is there.
 *
 * @throws {DataError} with everything that is missing: what it is and where to put it.
 */
export async function checkRequirements(
  recipe: ResolvedRecipe,
  options: { folder?: string } = {},
): Promise<void> {
  const folder = options.folder ?? projectFolder;
  const missing: string[] = [];
  const explained = new Set<string>();
  for (const { key, value, path, what } of recipe.requires) {
    explained.add(value);
    const place = path === undefined ? undefined : userPath(path, folder);
    if (place !== undefined && await exists(place)) continue;
    const advice = place === undefined
      ? `use another with --set ${key}=…`
      : `put it at ${place}, or point --set ${key}=… at it`;
    missing.push(`${key} = ${value}: ${what}\n    ${advice}`);
  }
  for (const [role, name] of Object.entries(recipe.protocol.data)) {
    const path = datasetPath(name);
    if (path === undefined || explained.has(name) || await exists(path)) continue;
    missing.push(`data.${role} = ${name}: there is no folder ${path}`);
  }
  if (missing.length > 0) {
    throw new DataError(
      `Cannot run ${recipe.table} at size ${recipe.size}; missing:\n  - ${missing.join("\n  - ")}`,
    );
  }
}

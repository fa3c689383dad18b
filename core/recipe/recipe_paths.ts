/**
 * Paths that a recipe names, made absolute before anything is resolved.
 *
 * @module
 */

import { projectFolder } from "../files.ts";
import { isRecipePath, userFolder, userName, userPath } from "../paths.ts";
import { isPlainObject } from "./merge.ts";
import type { Recipe } from "./recipe_schema.ts";

/** Every text of a value that is `imagefolder:PATH` or `file:PATH`, with the path absolute. */
function resolveNames(value: unknown, folder: string): unknown {
  if (typeof value === "string") return userName(value, folder);
  if (Array.isArray(value)) return value.map((inner) => resolveNames(inner, folder));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolveNames(inner, folder)]),
  );
}

/**
 * A recipe whose data sets, class-name files and files of algorithms are absolute paths. Those of a
 * recipe of the user are relative to where the user stands, like every path on the command line;
 * those of a table that ships with the project to the project's folder.
 *
 * @param table What the user called the recipe: a name, or a path.
 */
export function resolveRecipePaths(recipe: Recipe, table: string): Recipe {
  const folder = isRecipePath(table) ? userFolder() : projectFolder;
  const names = <Value>(value: Value) => resolveNames(value, folder) as Value;
  const rows = recipe.rows.map((row) => {
    if (row.pretrain === undefined) return row;
    const { text, pretrain, settings } = row.pretrain;
    const absolute = <Part extends object>(part: Part): Part =>
      "file" in part ? { ...part, file: userPath(String(part.file), folder) } : part;
    const own = text === null
      ? null
      : "union" in text
      ? { union: text.union.map(absolute) }
      : absolute(text);
    return {
      ...row,
      pretrain: {
        ...row.pretrain,
        text: own,
        pretrain: names(pretrain),
        settings: names(settings),
      },
    };
  });
  const sizes = Object.fromEntries(
    Object.entries(recipe.sizes).map(([name, size]) => [name, {
      ...size,
      protocol: names(size.protocol),
      requires: size.requires.map((need) => ({ ...need, value: names(need.value) })),
    }]),
  ) as Recipe["sizes"];
  return { ...recipe, protocol: names(recipe.protocol), rows, sizes };
}

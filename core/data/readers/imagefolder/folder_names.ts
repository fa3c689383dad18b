/**
 * Names of classes, from their folders or from a file beside them.
 *
 * @module
 */

import { basename } from "node:path";
import { DataError } from "../../../errors.ts";
import type { ClassFolder, ListingContext } from "./class_contents.ts";
import { readFolderNames } from "./class_name_file.ts";

/** Names that one message lists. */
const mostListed = 10;

/** Class name of a folder: `sports_car` and `sports-car` are "sports car"; composed Unicode (NFC). */
export function classNameOfFolder(folder: string): string {
  return folder.normalize("NFC").replaceAll(/[_-]+/g, " ").trim();
}

/** Some names for a message. */
export function listNames(names: readonly string[]): string {
  const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : "";
  return names.slice(0, mostListed).join(", ") + more;
}

/**
 * Names of the classes.
 *
 * @param context The root is where a file with names would be; its lines that name no class folder are
 *   left out.
 * @param folder The folder in which the class folders are, for messages.
 * @throws {DataError} where two have the same name, or one has none.
 */
export async function nameClasses(
  { root, skipped }: Pick<ListingContext, "root" | "skipped">,
  folder: string,
  classes: readonly ClassFolder[],
): Promise<string[]> {
  const given = await readFolderNames(root);
  const missing = classes.filter(({ name }) => !given?.names.has(name.normalize("NFC")));
  if (given !== undefined && missing.length > 0 && classes.length > 0) {
    throw new DataError(
      `${given.path} has no names for these class folders of ${folder}: ${
        listNames(missing.map(({ name }) => name))
      }`,
    );
  }
  if (given !== undefined) {
    const folders = new Set(classes.map(({ name }) => name.normalize("NFC")));
    for (const name of given.names.keys()) {
      if (folders.has(name)) continue;
      skipped.add(
        null,
        name,
        `${basename(given.path)} names it, and there is no such class folder`,
        "line",
      );
    }
  }
  const byName = new Map<string, string>();
  for (const { name: own } of classes) {
    const name = given?.names.get(own.normalize("NFC")) ?? classNameOfFolder(own);
    const other = byName.get(name);
    if (name === "" || other !== undefined) {
      throw new DataError(
        name === ""
          ? `Class folder "${own}" of ${folder} gives an empty class name; rename it`
          : `Class folders "${other}" and "${own}" of ${folder} have the same class name ` +
            `"${name}"; rename one or join them`,
      );
    }
    byName.set(name, own);
  }
  return [...byName.keys()];
}

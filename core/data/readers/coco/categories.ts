/**
 * The categories of an annotation file, in the order of their ids, which may have gaps.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { CategoryFrequency } from "../../annotation.ts";
import type { AnnotationDialect } from "./dialect.ts";
import { type CocoId, idProblem, isId, isRecord } from "./instance.ts";

/** Categories as classes. */
export interface CategoryTable {
  /** The file that lists them. */
  readonly path: string;
  readonly ids: readonly CocoId[];
  readonly names: readonly string[];
  /** By class; undefined where the file does not say. */
  readonly frequency: readonly CategoryFrequency[] | undefined;
  /** Class of each id. */
  readonly labels: ReadonlyMap<CocoId, number>;
}

const frequencies: Readonly<Record<string, CategoryFrequency>> = {
  r: "rare",
  c: "common",
  f: "frequent",
};

/** Characters of a name; what is made of the data says its names in headers and tables. */
const longestName = 1000;

function compareIds(a: CocoId, b: CocoId): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return `${a}` < `${b}` ? -1 : 1;
}

/**
 * Reads the rows of a file.
 *
 * @throws {DataError} where one has no id or name, or two are the same.
 */
export function readCategories(
  path: string,
  rows: readonly unknown[],
  { classNameOf, isFederated }: AnnotationDialect,
): CategoryTable {
  const categories = rows.map((row, index) => {
    const { id, name, frequency } = isRecord(row) ? row : {};
    const place = `category ${index + 1} of the list`;
    if (!isId(id)) throw new DataError(`${path}: the id of ${place} ${idProblem(id)}`);
    if (typeof name !== "string" || name.trim() === "") {
      throw new DataError(`${path}: ${place} has no name`);
    }
    if (name.length > longestName) {
      throw new DataError(
        `${path}: the name of ${place} has ${name.length} characters, expected ${longestName} at most`,
      );
    }
    const known = isFederated ? frequencies[frequency as string] : undefined;
    if (isFederated && known === undefined) {
      throw new DataError(
        `${path}: category ${id} has frequency ${
          JSON.stringify(frequency)
        }, expected "r", "c" or "f"`,
      );
    }
    return { id, name: classNameOf(name.trim()), frequency: known };
  }).sort((a, b) => compareIds(a.id, b.id));
  const labels = new Map<CocoId, number>(), names = new Map<string, CocoId>();
  categories.forEach(({ id, name }, label) => {
    if (labels.has(id)) throw new DataError(`${path}: category ${id} is listed twice`);
    if (names.has(name)) {
      throw new DataError(
        `${path}: categories ${names.get(name)} and ${id} have the same name "${name}"`,
      );
    }
    labels.set(id, label);
    names.set(name, id);
  });
  return {
    path,
    ids: categories.map(({ id }) => id),
    names: categories.map(({ name }) => name),
    frequency: isFederated ? categories.map(({ frequency }) => frequency!) : undefined,
    labels,
  };
}

/**
 * Checks that the file of another split means the same by its ids.
 *
 * @throws {DataError} naming the first category that differs.
 */
export function assertSameCategories(known: CategoryTable, other: CategoryTable): void {
  other.ids.forEach((id, index) => {
    const label = known.labels.get(id);
    const name = label === undefined ? undefined : known.names[label];
    if (name === other.names[index]) return;
    throw new DataError(
      `${other.path} and ${known.path} differ in category ${id}: "${other.names[index]}" and ` +
        `${name === undefined ? "nothing" : `"${name}"`}. All splits of a data set have the same ` +
        "categories",
    );
  });
}

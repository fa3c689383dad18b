/**
 * The figures of a table: what tasks kept for the report beside their evidence.
 *
 * @module
 */

import { LgdBenchError } from "../core/errors.ts";
import { readTextIfPresent, sha256 } from "../core/files.ts";
import type { Plan } from "../core/recipe/plan.ts";
import {
  type Figure,
  figureLimits,
  figuresFileName,
  parseFigures,
  type ResultFigures,
} from "../core/results/figures.ts";
import type { TableData } from "./table_input.ts";
import type { StoredWork } from "./units.ts";

/** A figure that calls its pictures by other names. */
function renamePictures(figure: Figure, names: ReadonlyMap<string, string>): Figure {
  const rename = <Item extends { readonly picture: string }>(items: readonly Item[]): Item[] =>
    items.map((item) => ({ ...item, picture: names.get(item.picture) ?? item.picture }));
  if (figure.kind === "scenes") return { ...figure, scenes: rename(figure.scenes) };
  if (figure.kind === "maps") return { ...figure, maps: rename(figure.maps) };
  return figure;
}

/**
 * Reads the figures of the first seed of every row. Files that are damaged or too large are left out,
 * and told of.
 */
export async function loadFigures(
  { plan, stored, data, onWarning }: {
    readonly plan: Plan;
    readonly stored: StoredWork;
    /** Data sets by name. */
    readonly data: ReadonlyMap<string, TableData>;
    readonly onWarning: (message: string) => void;
  },
): Promise<ResultFigures | undefined> {
  const pictures: Record<string, string> = {};
  const figures: ResultFigures["figures"][number][] = [];
  for (const { measures } of plan.models) {
    for (const { id, key, seed, spec, columns } of measures) {
      const file = stored.outcomes.get(key)?.entry.files[figuresFileName];
      if (file === undefined || seed !== plan.seeds[0]) continue;
      try {
        const { size } = await Deno.stat(file.path);
        const text = size > figureLimits.bytes ? undefined : await readTextIfPresent(file.path);
        if (text === undefined) {
          onWarning(`The figures of ${id} are not shown: ${size} bytes are too many`);
          continue;
        }
        const own = parseFigures(text, file.path);
        // Rows look at the same scenes: each picture is kept once, by its content.
        const names = new Map(
          Object.entries(own.pictures).map(([name, uri]) => [name, sha256(uri).slice(0, 16)]),
        );
        for (const [name, uri] of Object.entries(own.pictures)) pictures[names.get(name)!] = uri;
        // Rows that share a model share its figures.
        const first = new Map(columns.toReversed().map((place) => [place.row, place.column]));
        for (const [row, column] of first) {
          for (const figure of own.figures) {
            figures.push({
              row,
              column,
              data: data.get(spec.data)?.title ?? spec.data,
              seed,
              figure: renamePictures(figure, names),
            });
          }
        }
      } catch (error) {
        if (!(error instanceof LgdBenchError)) throw error;
        onWarning(error.message);
      }
    }
  }
  return figures.length === 0 ? undefined : { pictures, figures };
}

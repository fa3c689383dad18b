/**
 * Which figures stand together: those of two compared rows, or of single rows where nothing is compared.
 *
 * @module
 */

import type { Figure } from "../core/results/figures.ts";
import type { ResultFile } from "../core/results/result.ts";
import { cleanText } from "./format.ts";
import { describeRow } from "./table_model.ts";

/** The figures of one row. */
export interface RowFigures {
  /** Name of the row for the reader. */
  readonly name: string;
  /** By id. */
  readonly figures: ReadonlyMap<string, Figure>;
}

/** Figures that are shown together. */
export interface FigureGroup {
  /** Unique within the result. */
  readonly key: string;
  readonly title: string;
  /** Title of the data. */
  readonly data: string;
  /** Name of the split. */
  readonly split: string;
  /** One row, or two: the second is compared with the first. */
  readonly rows: readonly RowFigures[];
}

/** Most groups of a result: pictures make a page heavy. */
const mostGroups = 8;

/** Rows that are shown together, each with a title. */
function rowSets(result: ResultFile, known: ReadonlySet<string>) {
  const blocks = new Map(result.rows.map(({ id, block }) => [id, block]));
  // Only the first comparison of a block: further ones would show the same rows again.
  const seen = new Set<string>();
  const pairs = result.comparisons.flatMap(({ label, base, other }) => {
    const block = blocks.get(other) ?? "";
    if (!known.has(base) || !known.has(other) || seen.has(block)) return [];
    seen.add(block);
    return [{ title: label, rows: [base, other] }];
  });
  if (pairs.length > 0) return pairs;
  return result.rows.filter(({ id }) => known.has(id)).map(({ id, block }) => ({
    title: block,
    rows: [id],
  }));
}

/** The groups of figures of a result; none where no task handed any over. */
export function groupFigures(result: ResultFile): FigureGroup[] {
  const all = result.figures?.figures ?? [];
  const names = new Map(result.rows.map((row) => [row.id, describeRow(row, result.rows)]));
  const headings = new Map(result.columns.map(({ id, group }) => [id, group]));
  const groups: FigureGroup[] = [];
  for (const { title, rows } of rowSets(result, new Set(all.map(({ row }) => row)))) {
    const first = all.filter(({ row }) => row === rows[0]);
    const columns = new Map(first.map(({ column, data }) => [column, data]));
    for (const [column, shown] of columns) {
      // Where two measurements are of the same data, the heading of their columns tells them apart.
      const isOne = [...columns.values()].filter((other) => other === shown).length === 1;
      const heading = isOne ? "" : headings.get(column) ?? "";
      const found = rows.map((row) =>
        all.filter((entry) => entry.row === row && entry.column === column)
      );
      if (found.some((entries) => entries.length === 0)) continue;
      const { data, figure: { split } } = found[0]![0]!;
      groups.push({
        key: `${groups.length + 1}`,
        title: cleanText(heading === "" ? title : `${title}, ${heading}`),
        data: cleanText(data),
        split: cleanText(split),
        rows: rows.map((row, index) => ({
          name: cleanText(names.get(row) ?? row),
          figures: new Map(found[index]!.map(({ figure }) => [figure.id, figure])),
        })),
      });
    }
  }
  return groups.slice(0, mostGroups);
}

/** Figures of one id and kind, one for each row that has it, with the row's name. */
export function sameFigures<Kind extends Figure["kind"]>(
  { rows }: Pick<FigureGroup, "rows">,
  kind: Kind,
): { id: string; figures: { name: string; figure: Extract<Figure, { kind: Kind }> }[] }[] {
  const ids = new Set(
    rows.flatMap(({ figures }) =>
      [...figures.values()].flatMap((figure) => figure.kind === kind ? [figure.id] : [])
    ),
  );
  return [...ids].map((id) => ({
    id,
    figures: rows.flatMap(({ name, figures }) => {
      const figure = figures.get(id);
      return figure?.kind === kind
        ? [{ name, figure: figure as Extract<Figure, { kind: Kind }> }]
        : [];
    }),
  }));
}

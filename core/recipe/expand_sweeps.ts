/**
 * Sweeps of a recipe become rows: one for each row that is varied and each value.
 *
 * @module
 */

import { explainIssues } from "../explain_schema.ts";
import { isPlainObject, merge } from "./merge.ts";
import { nestOverride } from "./overrides.ts";
import {
  type Recipe,
  type RecipeRow,
  type RecipeSweep,
  rowPretrainSchema,
  type SizeName,
} from "./recipe_schema.ts";

/** One place of a sweep's axis for one series. */
export interface SweepPlace {
  /** Place on the axis. */
  readonly at: number;
  /** The place as it is printed. */
  readonly label: string;
  readonly row: string;
  /** The column that stands there; null where the row is measured in every column of the sweep. */
  readonly column: string | null;
}

/** A sweep with the rows that stand for its values. */
export interface ExpandedSweep {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly axis: string;
  readonly scale: "linear" | "log";
  /** Columns, each with a chart of its own; none where the columns stand along the axis. */
  readonly columns: readonly string[];
  /** What is varied, by label. */
  readonly series: readonly { readonly label: string; readonly places: readonly SweepPlace[] }[];
  /** Rows that do not vary, by label. */
  readonly levels: readonly { readonly label: string; readonly row: string }[];
  /** Labels of series or levels that are subtracted from each other. */
  readonly differences: readonly {
    readonly label: string;
    readonly base: string;
    readonly other: string;
  }[];
}

/** What {@linkcode expandSweeps} finds. */
export interface ExpandedSweeps {
  readonly sweeps: readonly ExpandedSweep[];
  /** The rows that are made of sweeps, in their order. */
  readonly rows: readonly RecipeRow[];
  /** What does not fit together. */
  readonly problems: readonly string[];
}

/** A text as a part of an id. */
function slug(text: string): string {
  return text.toLowerCase().replace(/^[-−](?=[\d.])/, "minus-").replaceAll(/[^a-z0-9._]+/g, "-")
    .replaceAll(/^-+|-+$/g, "") || "0";
}

/**
 * The pretrain of a row with one key changed, and further ones laid over it; undefined where it is none.
 *
 * @param problems What is wrong with it is added here.
 */
function changedPretrain(
  { pretrain }: RecipeRow,
  key: string,
  { value, with: more }: { readonly value: unknown; readonly with?: unknown },
  { place, problems }: { place: string; problems: string[] },
): RecipeRow["pretrain"] {
  const [first = "", ...rest] = key.split(".");
  const base = (pretrain as Record<string, unknown>)[first];
  // A whole text or role is replaced; a part of settings is laid over them.
  const part = nestOverride({ path: rest, value });
  const own = rest.length > 0 && isPlainObject(base) ? merge(base, part) : part;
  const changed = { ...pretrain, [first]: own };
  const whole = more === undefined ? changed : merge(changed, more);
  const checked = rowPretrainSchema.safeParse(whole);
  if (checked.success) return checked.data;
  problems.push(
    ...explainIssues(checked.error, { schema: rowPretrainSchema, value: whole, prefix: place }),
  );
  return undefined;
}

/** Places of the axis that a size has: all that the recipe names, or those that the size chooses. */
function chosenPlaces<Place extends { readonly at: number }>(
  places: readonly Place[],
  chosen: readonly number[] | undefined,
  place: string,
  problems: string[],
): readonly Place[] {
  if (chosen === undefined) return places;
  const known = places.map(({ at }) => at);
  for (const at of chosen) {
    if (!known.includes(at)) {
      problems.push(`${place}: ${at} is not among the values ${known.join(", ")}`);
    }
  }
  return places.filter(({ at }) => chosen.includes(at));
}

/** Rows of a sweep by label that the recipe has. */
function labelledRows(
  labels: Readonly<Record<string, string>>,
  rows: ReadonlyMap<string, RecipeRow>,
): (readonly [string, RecipeRow])[] {
  return Object.entries(labels).flatMap(([label, id]) => {
    const row = rows.get(id);
    return row === undefined ? [] : [[label, row] as const];
  });
}

function expandSweep(
  sweep: RecipeSweep,
  chosen: readonly number[] | undefined,
  rows: ReadonlyMap<string, RecipeRow>,
  problems: string[],
): { sweep: ExpandedSweep; rows: RecipeRow[] } {
  const { id, title, note, axis, scale, levels, differences } = sweep;
  const place = `sweeps.${id}`;
  const made: RecipeRow[] = [];
  const shared = {
    id,
    title,
    ...(note === undefined ? {} : { note }),
    axis,
    scale,
    levels: Object.entries(levels).map(([label, row]) => ({ label, row })),
    differences,
  };
  const varied = labelledRows(sweep.rows, rows);
  if ("points" in sweep) {
    const points = chosenPlaces(sweep.points, chosen, place, problems);
    const series = varied.map(([label, row]) => ({
      label,
      places: points.map(({ at, column, label: printed }) => (
        { at, label: printed ?? `${at}`, row: row.id, column }
      )),
    }));
    return { sweep: { ...shared, columns: [], series }, rows: made };
  }
  const values = chosenPlaces(sweep.values, chosen, place, problems);
  const series = varied.map(([label, row]) => ({
    label,
    places: values.map((value): SweepPlace => {
      const { at, label: printed } = value;
      const name = printed ?? `${at}`;
      const rowId = `${id}-${slug(name)}-${row.id}`;
      const { paper: _printed, pretrain: _ofRow, ...rest } = row;
      // A row that is not run is a problem that checkSweep tells of.
      const pretrain = row.pretrain && changedPretrain(row, sweep.key, value, {
        place: `${place}.values.${name}`,
        problems,
      });
      if (pretrain !== undefined) {
        made.push({
          ...rest,
          pretrain,
          id: rowId,
          block: title,
          method: `${label}, ${name}`,
          ...(sweep.columns === undefined ? {} : {
            columns: sweep.columns,
            missing: row.missing ?? "not a part of the sweep",
          }),
        });
      }
      return { at, label: name, row: rowId, column: null };
    }),
  }));
  const first = varied[0]?.[1];
  return {
    sweep: { ...shared, columns: sweep.columns ?? first?.columns ?? [], series },
    rows: made,
  };
}

/** Problems of one sweep that its form cannot show. */
function checkSweep(sweep: RecipeSweep, rows: ReadonlyMap<string, RecipeRow>): string[] {
  const place = `sweeps.${sweep.id}`;
  const places = "points" in sweep ? sweep.points : sweep.values;
  const ats = places.map(({ at }) => at);
  const labels = places.map(({ at, label }) => label ?? `${at}`);
  const problems: string[] = [];
  const twice = ats.find((at, index) => ats.indexOf(at) !== index) ??
    labels.find((label, index) => labels.map(slug).indexOf(slug(label)) !== index);
  if (twice !== undefined) problems.push(`${place}: ${twice} is there twice`);
  if (sweep.scale === "log") {
    const low = ats.find((at) => at <= 0);
    if (low !== undefined) problems.push(`${place}: a log scale has no place for ${low}`);
  }
  const unmeasured = (shown: Readonly<Record<string, string>>, reason: string) => {
    for (const [label, id] of Object.entries(shown)) {
      const kind = rows.get(id)?.kind;
      if (kind === undefined || kind === "run") continue;
      problems.push(`${place}.${label}: row "${id}" is not run, so it ${reason}`);
    }
  };
  if (!("points" in sweep)) {
    unmeasured(sweep.rows, "cannot be varied");
    unmeasured(sweep.levels, "has no level here");
  }
  const known = [...Object.keys(sweep.rows), ...Object.keys(sweep.levels)];
  for (const { label, base, other } of sweep.differences) {
    for (const name of [base, other]) {
      if (known.includes(name)) continue;
      problems.push(
        `${place}.differences."${label}": expected a label of its rows or levels ` +
          `(${known.map((one) => `"${one}"`).join(", ")}), got "${name}"`,
      );
    }
  }
  return problems;
}

/**
 * The rows of a recipe's sweeps at one size. A row that comes out as another one of the table, or of
 * another table, has the same training, which is done once.
 */
export function expandSweeps(
  recipe: Pick<Recipe, "rows" | "columns" | "sweeps" | "sizes">,
  size: SizeName,
): ExpandedSweeps {
  const rows = new Map(recipe.rows.map((row) => [row.id, row]));
  const problems: string[] = [];
  const chosen = recipe.sizes[size].sweeps;
  const expanded = recipe.sweeps.flatMap((sweep) => {
    const own = chosen[sweep.id];
    problems.push(...checkSweep(sweep, rows));
    if (own?.length === 0) return [];
    return [expandSweep(sweep, own, rows, problems)];
  });
  const all = recipe.columns.map(({ id }) => id);
  return {
    sweeps: expanded.map(({ sweep }) => (
      sweep.columns.length > 0 ||
        sweep.series.some(({ places }) => places.some(({ column }) => column))
        ? sweep
        : { ...sweep, columns: all }
    )),
    rows: expanded.flatMap((one) => one.rows),
    problems,
  };
}

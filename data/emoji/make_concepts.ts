/**
 * Writes `concepts.json` and `distractors.json` beside this file from the full concept table.
 *
 *     deno run -A data/emoji/make_concepts.ts FULL_TABLE.json
 *
 * The full table has one row per emoji of Unicode (1,949): its CLDR name, its group and subgroup,
 * the icon that draws it in each set, and the decisions taken by hand: which rows are left out
 * (`exclude`), which are twins of another row (`merge_into`), which icons are wrong (`bad_icons`).
 * Only the rows that are not left out are kept in the concept table, and only the sets that the
 * project installs. Of those that are left out, symbols and moon phases are the distractors of scenes.
 *
 * @module
 */

import { join } from "node:path";

/** Order of the icon columns. */
const sets = [
  "noto",
  "noto-v1",
  "fluent-emoji-flat",
  "emojione",
  "emojione-v1",
  "fxemoji",
  "twemoji",
  "openmoji",
];

interface FullRow {
  id: string;
  hex: string;
  class_name: string | null;
  group: string;
  subgroup: string;
  stratum: string;
  keywords: string[];
  sets: Record<string, string>;
  exclude: string | null;
  drop: string | null;
  merge_into: string | null;
  split: string | null;
  mini100: boolean;
  coco: string | null;
  tile_sets: string[];
  bad_icons: Record<string, string>;
}

function compactRow(row: FullRow): Record<string, unknown> {
  return {
    id: row.id,
    codePoints: row.hex,
    className: row.class_name,
    group: row.group,
    subgroup: row.subgroup,
    stratum: row.stratum,
    keywords: row.keywords,
    icons: sets.map((set) => row.sets[set] ?? null),
    ...(row.split === null ? {} : { split: row.split }),
    ...(row.mini100 ? { mini: true } : {}),
    ...(row.merge_into === null ? {} : { mergeInto: row.merge_into }),
    ...(row.drop === null ? {} : { dropped: row.drop }),
    ...(row.coco === null ? {} : { coco: row.coco }),
    ...(row.tile_sets.length === 0 ? {} : { tileSets: row.tile_sets }),
    ...(Object.keys(row.bad_icons).length === 0 ? {} : { badIcons: row.bad_icons }),
  };
}

/** Subgroups of symbols that show things: signs with persons, bicycles, phones on them. */
const notDistractors = ["transport-sign", "warning"];
/** Symbols that show a cell phone, which is a category of scenes. */
const phones = ["mobile-phone-off", "vibration-mode"];

/** Whether a row is something that a scene may show without a label. */
function isDistractor({ id, exclude, subgroup }: FullRow): boolean {
  return exclude !== null && /^(symbol group|moon phase)/.test(exclude) &&
    !notDistractors.includes(subgroup) && !phones.includes(id);
}

const [source] = Deno.args;
if (source === undefined) {
  console.error("Usage: deno run -A data/emoji/make_concepts.ts FULL_TABLE.json");
  Deno.exit(2);
}
const table = JSON.parse(await Deno.readTextFile(source)) as FullRow[];

async function write(name: string, key: string, rows: readonly unknown[]): Promise<void> {
  const lines = rows.map((row) => JSON.stringify(row));
  const text = `{\n"version": 1,\n"sets": ${JSON.stringify(sets)},\n"${key}": [\n${
    lines.join(",\n")
  }\n]\n}\n`;
  await Deno.writeTextFile(join(import.meta.dirname!, name), text);
  console.log(`${name}: ${rows.length} rows, ${text.length} characters`);
}

await write("concepts.json", "concepts", table.filter((row) => row.exclude === null).map(compactRow));
await write(
  "distractors.json",
  "distractors",
  table.filter(isDistractor).map(({ id, hex, sets: icons }) => ({
    id,
    codePoints: hex,
    icons: sets.map((set) => icons[set] ?? null),
  })),
);

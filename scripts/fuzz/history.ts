/**
 * The parser of histories: SQLite files that may come from anybody's artifacts.
 *
 * @module
 */

import { join } from "node:path";
import { openHistory } from "../../core/history/history.ts";
import { makeNight } from "../../core/history/night_record.ts";
import { type FuzzParser, overwrite } from "./parser.ts";

/** Nights that fill more than one page of the file. */
function nights() {
  return Array.from({ length: 4 }, (_, night) =>
    makeNight({
      time: new Date(Date.UTC(2026, 0, 1 + night)).toISOString(),
      commit: String(night).repeat(40),
      branch: "main",
      machine: "a machine",
      table: "table2",
      size: "mini",
      basis: { "": { "pretrain.epochs": "6" } },
      numbers: Array.from({ length: 12 }, (_, place) => ({
        position: `table2/row/${place}`,
        value: night + place / 7,
        low: night,
        high: night + 2,
        seeds: 3,
        meaning: { unit: "%", title: `row ${place % 3}` },
      })),
    }));
}

const history: FuzzParser = {
  name: "history",
  isChecked: true,
  async open(folder) {
    const path = join(folder, "history.sqlite");
    {
      using made = await openHistory(path);
      await made.addAll(nights());
    }
    return {
      seeds: [{ name: "history", bytes: await Deno.readFile(path) }],
      async parse(bytes) {
        await overwrite(path, bytes);
        using read = await openHistory(path, { readOnly: true });
        return { records: await read.records(), lines: await read.lines() };
      },
    };
  },
};

/** Parsers of histories. */
export const historyParsers: readonly FuzzParser[] = [history];

/**
 * `list`: everything that has a name.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import { unknownNameMessage } from "../core/registry.ts";
import { print } from "./process.ts";
import type { Program } from "./program.ts";

/** One named thing. */
interface ListedName {
  readonly name: string;
  readonly description?: string;
}

const kinds: Readonly<Record<string, () => Promise<ListedName[]>>> = {
  tables: async () => {
    const { loadRecipe, tableNames } = await import("../core/recipe/recipe.ts");
    return await Promise.all(
      tableNames().map(async (name) => {
        const { title } = await loadRecipe(name);
        return { name, description: title };
      }),
    );
  },
  settings: async () => {
    const { protocolKeys } = await import("../core/recipe/protocol.ts");
    return protocolKeys().map(({ path, description }) => ({ name: path, description }));
  },
  students: () => listKnown("student"),
  teachers: () => listKnown("teacher"),
  tasks: () => listKnown("task"),
  datasets: async () => {
    const { datasetNames, getDataset } = await import("../core/data/registry.ts");
    const names = await Promise.all(
      datasetNames().map(async (name) => {
        const dataset = await getDataset(name);
        const description = `${dataset.title}: ${dataset.classNames.length} classes`;
        return { name, description };
      }),
    );
    return [...names, {
      name: "imagefolder:PATH",
      description: "your own images, a folder per class",
    }];
  },
};

async function listKnown(kind: "student" | "teacher" | "task"): Promise<ListedName[]> {
  const { loadKnownNames } = await import("../pipeline/known_names.ts");
  return ((await loadKnownNames())[kind] ?? []).map((name) => ({ name }));
}

/** Adds the command. */
export function addListCommand(program: Program): void {
  program.command("list")
    .description("list what is registered")
    .argument("[kind]", Object.keys(kinds).join(", "))
    .option("--json", "print as JSON")
    .action(async (kind, flags) => {
      if (kind !== undefined && !Object.hasOwn(kinds, kind)) {
        throw new ConfigError(unknownNameMessage("kind", kind, Object.keys(kinds)));
      }
      // Settings are many: they are listed when they are asked for.
      const chosen = kind === undefined
        ? Object.keys(kinds).filter((name) => name !== "settings")
        : [kind];
      const lists: Record<string, ListedName[]> = {};
      for (const name of chosen) lists[name] = await kinds[name]!();
      if (flags.json) return print(JSON.stringify(lists, null, 1) + "\n");
      for (const [name, entries] of Object.entries(lists)) {
        if (entries.length === 0) continue;
        print(`${name}\n`);
        const width = Math.max(...entries.map((entry) => entry.name.length));
        for (const entry of entries) {
          print(`  ${entry.name.padEnd(width)}  ${entry.description ?? ""}`.trimEnd() + "\n");
        }
      }
    });
}

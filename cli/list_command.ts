/**
 * `list`: everything that has a name.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import { unknownNameMessage } from "../core/registry.ts";
import { printJson, printLine } from "../core/output.ts";
import type { Program } from "./program.ts";
import { pluginOption, pluginOptions, pluginOverrideOption } from "./shared_options.ts";

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
    const [{ loadCatalog }, { settingKeys }, { quoteValue }] = await Promise.all([
      import("../pipeline/catalog.ts"),
      import("../core/recipe/settings.ts"),
      import("../core/explain_schema.ts"),
    ]);
    return settingKeys(await loadCatalog()).map(({ path, description, ...key }) => ({
      name: path,
      description: key.default === undefined
        ? description
        : `${description} (default ${quoteValue(key.default)})`,
    }));
  },
  methods: async () => {
    const { methods } = await import("../core/methods/registry.ts");
    return methods.names().map((name) => ({ name, description: methods.get(name).title }));
  },
  students: async () => {
    const { students } = await import("../students/registry.ts");
    return students.names().map((name) => ({ name }));
  },
  teachers: async () => {
    const { teachers } = await import("../teachers/registry.ts");
    const families = [...teachers.families()].map(([name, { argument, description }]) => ({
      name: `${name}:${argument}`,
      description,
    }));
    return [...teachers.names().map((name) => ({ name })), ...families];
  },
  tasks: async () => {
    const { tasks } = await import("../tasks/registry.ts");
    return tasks.names().map((name) => ({ name, description: tasks.get(name).title }));
  },
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
    }, {
      name: "coco:PATH",
      description: "images with boxes and masks in COCO's format",
    }, {
      name: "lvis:PATH",
      description: "LVIS v1",
    }, {
      name: "cityscapes:PATH",
      description: "Cityscapes, fine labels: 19 classes for every pixel",
    }, {
      name: "ade20k:PATH",
      description: "ADE20K of the scene parsing benchmark: 150 classes for every pixel",
    }, {
      name: "voc:PATH",
      description: "Pascal VOC 2012: 21 classes for every pixel",
    }];
  },
};

/** Adds the command. */
export function addListCommand(program: Program): void {
  program.command("list")
    .description("list what is registered")
    .argument("[kind]", Object.keys(kinds).join(", "))
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--json", "print as JSON")
    .action(async (kind, flags) => {
      if (kind !== undefined && !Object.hasOwn(kinds, kind)) {
        throw new ConfigError(unknownNameMessage("kind", kind, Object.keys(kinds)));
      }
      if (flags.plugin.length > 0) {
        const { loadPlugins, pluginRequest } = await import("../pipeline/plugins.ts");
        await loadPlugins(pluginRequest(pluginOptions(flags)));
      }
      // Settings are many: they are listed when they are asked for.
      const chosen = kind === undefined
        ? Object.keys(kinds).filter((name) => name !== "settings")
        : [kind];
      const lists: Record<string, ListedName[]> = {};
      for (const name of chosen) lists[name] = await kinds[name]!();
      if (flags.json) return printJson(lists);
      for (const [name, entries] of Object.entries(lists)) {
        if (entries.length === 0) continue;
        printLine(name);
        const width = Math.max(...entries.map((entry) => entry.name.length));
        for (const entry of entries) {
          const line = `  ${entry.name.padEnd(width)}  ${entry.description ?? ""}`.trimEnd();
          printLine(line);
        }
      }
    });
}

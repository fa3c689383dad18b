/**
 * Protocols: settings that several tables share (`benchmarks/protocols/*.yaml`), with what their sizes
 * change. A protocol may extend another one.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { explainIssues } from "../explain_schema.ts";
import { unknownNameMessage } from "../registry.ts";
import { merge } from "./merge.ts";
import { configError, readYaml, yamlNames } from "./read_yaml.ts";
import { type SizeName, sizeNames } from "./recipe_schema.ts";
import { protocolSchema } from "./settings.ts";

/** The form of a protocol's file: the groups of a protocol, for every size and for each. */
const protocolFileSchema = protocolSchema.extend({
  extends: z.string().optional().describe("Protocol that this one is laid over"),
  sizes: z.strictObject({
    smoke: protocolSchema.optional(),
    mini: protocolSchema.optional(),
    paper: protocolSchema.optional(),
  }).optional().describe("What the sizes of tables change"),
});

/** A protocol with what its sizes lay over it. */
export interface LoadedProtocol {
  readonly protocol: unknown;
  readonly sizes: Readonly<Partial<Record<SizeName, unknown>>>;
}

/** Layers a protocol over the one that it extends. */
function layer(base: LoadedProtocol, own: LoadedProtocol): LoadedProtocol {
  const sizes: Partial<Record<SizeName, unknown>> = {};
  for (const size of sizeNames) sizes[size] = merge(base.sizes[size] ?? {}, own.sizes[size] ?? {});
  return { protocol: merge(base.protocol, own.protocol), sizes };
}

/**
 * A protocol and those that it extends in turn; empty for a recipe that extends none.
 *
 * @param source File that names it.
 * @param before Names on the way to it: a circle ends here.
 * @throws {ConfigError} for an unknown protocol, or with every error of its file.
 */
export async function loadProtocol(
  name: string | undefined,
  folder: string,
  source: string,
  before: readonly string[] = [],
): Promise<LoadedProtocol> {
  if (name === undefined) return { protocol: {}, sizes: {} };
  if (before.includes(name)) {
    throw new ConfigError(`${source}: extends: "${name}" extends itself`);
  }
  const file = `${name}.yaml`;
  const value = /^[\w.-]+$/.test(name) ? await readYaml(join(folder, file), file) : undefined;
  if (value === undefined) {
    throw new ConfigError(
      `${source}: extends: ${unknownNameMessage("protocol", name, yamlNames(folder))}`,
    );
  }
  const checked = protocolFileSchema.safeParse(value);
  if (!checked.success) {
    throw configError(file, explainIssues(checked.error, { schema: protocolFileSchema, value }));
  }
  const { extends: parent, sizes = {}, ...protocol } = value as Record<string, unknown>;
  const base = await loadProtocol(parent as string | undefined, folder, file, [...before, name]);
  return layer(base, { protocol, sizes: sizes as LoadedProtocol["sizes"] });
}

/**
 * Reads a YAML file of the user: size, syntax, aliases and control characters are checked, and every
 * error names the file and the line.
 *
 * @module
 */

import {
  type Document,
  isAlias,
  isCollection,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import { ConfigError } from "../errors.ts";
import { describeForeignBytes } from "../foreign_file.ts";

/** Largest file that is read. */
const mostBytes = 1024 * 1024;
/** Most errors that one message lists. */
const mostListed = 20;
/** Nodes that the aliases of a file may stand for together; more is an alias bomb. */
const mostAliasNodes = 100;
/** What the engine says where the parser calls itself too often. */
const stackOverflow = "Maximum call stack size exceeded";

/** Names of the YAML files of a folder, without their endings, sorted. */
export function yamlNames(folder: string): string[] {
  return [...Deno.readDirSync(folder)]
    .filter((entry) => entry.isFile && entry.name.endsWith(".yaml"))
    .map((entry) => entry.name.slice(0, -".yaml".length))
    .sort();
}

// deno-lint-ignore no-control-regex
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** One error per line, under a heading that names the source. */
export function configError(source: string, problems: readonly string[]): ConfigError {
  const shown = problems.slice(0, mostListed);
  const rest = problems.length - shown.length;
  const heading = problems.length === 1
    ? `${source}: `
    : `${source}: ${problems.length} errors:\n  - `;
  return new ConfigError(
    heading + shown.join("\n  - ") + (rest > 0 ? `\n  … and ${rest} more` : ""),
  );
}

/** Text of a file that may be read as a recipe. */
async function readText(path: string): Promise<string | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new ConfigError(`Cannot read ${path}: it is a folder, expected a YAML file`);
    if (size > mostBytes) {
      throw new ConfigError(
        `Cannot read ${path}: expected at most ${mostBytes} bytes, got ${size}`,
      );
    }
    const bytes = await Deno.readFile(path);
    const foreign = bytes.length === 0 ? undefined : describeForeignBytes(bytes);
    if (foreign !== undefined) {
      throw new ConfigError(`Cannot read ${path}: it is ${foreign}, expected a YAML file`);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    const reason = error instanceof TypeError
      ? "it is not UTF-8 text. Save it as UTF-8"
      : (error as Error).message;
    throw new ConfigError(`Cannot read ${path}: ${reason}`, { cause: error });
  }
}

/**
 * Aliases without an anchor before them or inside what they stand for, keys that are lists or mappings,
 * and strings with control characters.
 */
function findProblems(document: Document, lineOf: (node: Node) => number): string[] {
  const anchors = new Map<string, unknown>();
  const problems: string[] = [];
  visit(document, (key, node, path) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) {
        problems.push(`line ${lineOf(node)}: unknown alias "*${node.source}"`);
      } else if (path.some((parent) => parent === target)) {
        problems.push(
          `line ${
            lineOf(node)
          }: the alias "*${node.source}" stands for something that it is part of`,
        );
      }
    }
    // Such a key would become some text or other.
    if (key === "key" && (isCollection(node) || isAlias(node))) {
      problems.push(
        `line ${lineOf(node)}: a key is a list, a mapping or an alias, expected plain text`,
      );
    }
    if (isAlias(node)) return;
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) anchors.set(anchor, node);
    if (isScalar(node) && typeof node.value === "string" && controlCharacters.test(node.value)) {
      problems.push(`line ${lineOf(node)}: a text has control characters, expected plain text`);
    }
  });
  return problems;
}

/**
 * The value of a YAML file, or undefined where there is no such file.
 *
 * @param source Name of the file in messages.
 * @throws {ConfigError} naming file and line for everything that is wrong with it.
 */
export async function readYaml(path: string, source: string): Promise<unknown> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const lines = new LineCounter();
  // `<<: *name` lays a mapping over another, as in YAML 1.1.
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const errors = document.errors.map(({ message }) => message.split("\n")[0]!);
  const overflow = errors.find((message) => message.includes(stackOverflow));
  if (overflow !== undefined) {
    throw configError(source, [overflow.replace(stackOverflow, "nested too deeply")]);
  }
  if (errors.length > 0) throw configError(source, errors);
  let problems: string[];
  try {
    problems = findProblems(document, (node) => lines.linePos(node.range?.[0] ?? 0).line);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw configError(source, ["nested too deeply"]);
  }
  if (problems.length > 0) throw configError(source, problems);
  try {
    return document.toJS({ maxAliasCount: mostAliasNodes }) as unknown;
  } catch (error) {
    const first = /^.*\*/m.exec(text);
    const line = first === null ? 1 : lines.linePos(first.index).line;
    throw new ConfigError(
      `${source}: line ${line}: the aliases of the file cannot be resolved: ` +
        `${(error as Error).message}`,
      { cause: error },
    );
  }
}

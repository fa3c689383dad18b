/**
 * The text of a row with names in the place of roles.
 *
 * @module
 */

import type { TextPart, TextSource } from "./jobs.ts";
import type { Protocol } from "./settings.ts";
import type { RecipeText, RecipeTextPart } from "./text_schema.ts";

/** What the roles of a text stand for. */
export interface TextRoles {
  readonly protocol: Pick<Protocol, "data" | "text">;
  /** Name of the prompts of names that no task brings. */
  readonly templates: string;
  /** Settings of a task, resolved. */
  readonly taskSettings: (task: string) => Readonly<Record<string, unknown>>;
}

function resolvePart(
  text: RecipeTextPart,
  { protocol, templates, taskSettings }: TextRoles,
): TextPart {
  const count = text.count === undefined
    ? {}
    : { count: typeof text.count === "string" ? protocol.data[text.count]! : text.count };
  if ("file" in text) return { file: text.file, templates, ...count };
  const other = protocol.text[text.data];
  if (other?.startsWith("file:")) return { file: other.slice("file:".length), templates, ...count };
  const settings = taskSettings(text.task);
  return { task: text.task, data: other ?? protocol.data[text.data]!, settings, ...count };
}

/** What a row's text bank is built from; null where the row has no text. */
export function resolveTextSource(text: RecipeText | null, roles: TextRoles): TextSource | null {
  if (text === null) return null;
  if ("names" in text) return { names: text.names, templates: roles.templates };
  if (!("union" in text)) return resolvePart(text, roles);
  return { union: text.union.map((part) => resolvePart(part, roles)) };
}

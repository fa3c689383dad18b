/**
 * Turns the issues of a schema into sentences that name the key, the value that is there, the one expected
 * and, for a misspelt key, the nearest one.
 *
 * @module
 */

import { z } from "zod";
import { nearestNames } from "./registry.ts";

/**
 * A schema without its optional, nullable and default wrappers; of a union with one object, that object.
 */
function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional || inner instanceof z.ZodNullable ||
    inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault
  ) inner = inner.def.innerType;
  if (!(inner instanceof z.ZodUnion)) return inner;
  const objects = inner.def.options.filter((option) => option instanceof z.ZodObject);
  return objects.length === 1 ? objects[0] : inner;
}

/** The schema of the value at a path, or undefined where the path leads out of it. */
export function schemaAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
): z.core.$ZodType | undefined {
  let inner = unwrap(schema);
  for (const [depth, key] of path.entries()) {
    if (inner instanceof z.ZodUnion) {
      // The first of its forms in which the path leads somewhere.
      return inner.def.options.map((option) => schemaAt(option, path.slice(depth)))
        .find((found) => found !== undefined);
    }
    if (inner instanceof z.ZodObject) inner = unwrap(inner.shape[String(key)]);
    else if (inner instanceof z.ZodRecord) inner = unwrap(inner.def.valueType);
    else if (inner instanceof z.ZodArray) inner = unwrap(inner.def.element);
    else return undefined;
  }
  return inner;
}

/** Keys an object may have at a path; empty where it is not an object. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const inner = schemaAt(schema, path);
  if (inner instanceof z.ZodUnion) {
    return [...new Set(inner.def.options.flatMap((option) => keysAt(option, [])))];
  }
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The value at a path of a plain value, or undefined. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const key of path) {
    if (inner === null || typeof inner !== "object" || !Object.hasOwn(inner, key)) return undefined;
    inner = (inner as Record<PropertyKey, unknown>)[key];
  }
  return inner;
}

/** A value as it is quoted in a message, at most 80 characters. */
export function quoteValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** `Unknown key "a.b"`, with the nearest keys or all there are. */
export function unknownKeyMessage(path: string, key: string, known: readonly string[]): string {
  const prefix = path === "" ? "" : `${path}.`;
  const near = nearestNames(key, known);
  const hint = near.length > 0
    ? `Did you mean ${near.map((name) => `"${prefix}${name}"`).join(" or ")}?`
    : `Keys here: ${known.join(", ")}`;
  return `Unknown key "${prefix}${key}". ${hint}`;
}

/** Message of a union that has none of its own. */
const plainUnionMessage = "Invalid input";

/** How far a value is from a form: its issues, each unknown key counted. */
function distanceOf(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 1),
    0,
  );
}

/**
 * One sentence per issue of a failed check, in the order of the schema. Of a union of objects that has no
 * message of its own those of the nearest form are told.
 *
 * @param options.prefix Dotted path of the checked value itself, e.g. `"methods.lgd"`.
 */
export function explainIssues(
  error: { readonly issues: readonly z.core.$ZodIssue[] },
  options: { schema: z.core.$ZodType; value: unknown; prefix?: string },
): string[] {
  const prefix = options.prefix === undefined ? [] : [options.prefix];
  return error.issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path.map(String)].join(".");
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(options.schema, issue.path);
      return issue.keys.map((key) => unknownKeyMessage(path, key, known));
    }
    const found = valueAt(options.value, issue.path);
    if (issue.code === "invalid_union" && issue.message === plainUnionMessage) {
      const union = schemaAt(options.schema, issue.path);
      const forms = union instanceof z.ZodUnion ? union.def.options : [];
      const distances = issue.errors.map(distanceOf);
      const nearest = distances.indexOf(Math.min(...distances));
      const schema = forms[nearest];
      if (schema !== undefined) {
        return explainIssues(
          { issues: issue.errors[nearest]! },
          { schema, value: found, ...(path === "" ? {} : { prefix: path }) },
        );
      }
    }
    const place = path === "" ? "" : `${path}: `;
    const shown = found === undefined || issue.code === "custom"
      ? ""
      : `; got ${quoteValue(found)}`;
    let hint = "";
    if (issue.code === "invalid_value" && typeof found === "string") {
      const near = nearestNames(found, issue.values.map(String));
      if (near.length > 0) hint = `. Did you mean ${near.map((n) => `"${n}"`).join(" or ")}?`;
    }
    return [`${place}${issue.message}${shown}${hint}`];
  });
}

/**
 * What a recipe's row may say of its text bank.
 *
 * @module
 */

import { z } from "zod";

const count = z.union([z.number().int().min(1).max(100_000), z.string().min(1)]).optional()
  .describe(
    "Only so many of the names, drawn at random and always the same; a data role: as many as it has classes",
  );

const taskSchema = z.strictObject({
  task: z.string().describe("Task whose class names and prompts make the text bank"),
  data: z.string().describe("Role of the data set that the task has the class names of"),
  count,
});

const fileSchema = z.strictObject({
  file: z.string().min(1).describe("Path of a list of class names"),
  count,
});

const namesSchema = z.array(z.string().min(1).max(200)).min(1).max(100_000);

/** The form of `text` of a row. */
export const textSchema = z.union([
  taskSchema,
  fileSchema,
  z.strictObject({
    union: z.array(z.union([taskSchema, fileSchema])).min(2).max(20)
      .describe("Names of all of these, each once"),
  }),
  z.strictObject({ names: namesSchema }),
  namesSchema.transform((names) => ({ names })),
], {
  error:
    "expected { task, data }, { file: PATH }, or a list of class names, or { union: [TEXT, TEXT, …] }",
});

/** What a row's text bank is built from, by roles. */
export type RecipeText = z.infer<typeof textSchema>;

/** One of the texts of a union, or a text of its own. */
export type RecipeTextPart = z.infer<typeof taskSchema> | z.infer<typeof fileSchema>;

/** The parts of a text that are named by a task or a file. */
export function textParts(text: RecipeText | null): readonly RecipeTextPart[] {
  if (text === null || "names" in text) return [];
  return "union" in text ? text.union : [text];
}

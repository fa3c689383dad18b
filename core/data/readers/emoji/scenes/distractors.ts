/**
 * What scenes show without a label: symbols and moon phases.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../../../errors.ts";
import { packageFile } from "../../../../files.ts";
import type { IconSubject } from "../icon_raster.ts";

const tableSchema = z.strictObject({
  version: z.literal(1),
  sets: z.array(z.string()),
  distractors: z.array(z.strictObject({
    id: z.string().regex(/^[a-z0-9-]+$/),
    codePoints: z.string(),
    icons: z.array(z.string().nullable()),
  })),
});

async function readDistractors(): Promise<readonly IconSubject[]> {
  const path = packageFile("data/emoji/distractors.json");
  try {
    const table = tableSchema.parse(JSON.parse(await Deno.readTextFile(path)));
    return table.distractors.map(({ id, icons }) => ({
      id,
      icons: new Map(
        table.sets.flatMap((set, index) => {
          const icon = icons[index];
          return typeof icon === "string" ? [[set, icon] as const] : [];
        }),
      ),
    }));
  } catch (error) {
    throw new DataError(
      `Cannot read the table of distractors ${path}: ${
        error instanceof z.ZodError ? z.prettifyError(error) : String(error)
      }. It is part of the project; restore it from the repository`,
      { cause: error },
    );
  }
}

let distractors: Promise<readonly IconSubject[]> | undefined;

/**
 * All distractors in the order of their code points; read once. None is, or shows, a category of
 * scenes.
 *
 * @throws {DataError} where the table is missing or damaged.
 */
export function loadDistractors(): Promise<readonly IconSubject[]> {
  distractors ??= readDistractors();
  return distractors;
}

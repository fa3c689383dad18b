/**
 * The stored result of a finished cell: `cells/<id>/outcomes.json`, written whole or not at all,
 * with a checksum so that a damaged file is run again and never believed.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { readTextIfPresent, sha256, writeFileAtomic } from "../files.ts";
import { type CellResult, cellResultSchema } from "../recipe/cell.ts";

/** A finished cell as it was read back. */
export interface StoredCell {
  /** What the cell handed back. */
  readonly result: CellResult;
  /** SHA-256 of `result`. */
  readonly checksum: string;
}

const storedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  cell: z.string(),
  hash: z.string(),
  checksum: z.string(),
  result: z.unknown(),
});

/** Folder of a cell in a run folder. */
export function cellFolder(runFolder: string, id: string): string {
  return join(runFolder, "cells", id);
}

/** The file with the outcomes of a cell. */
export function outcomesPath(runFolder: string, id: string): string {
  return join(cellFolder(runFolder, id), "outcomes.json");
}

/** Writes the result of a cell; returns its checksum. */
export async function writeStoredCell(
  runFolder: string,
  cell: { id: string; hash: string },
  result: CellResult,
): Promise<string> {
  const text = JSON.stringify(result);
  const checksum = sha256(text);
  const head = JSON.stringify({ schemaVersion: 1, cell: cell.id, hash: cell.hash, checksum });
  const content = `${head.slice(0, -1)},\n"result":${text}}\n`;
  await writeFileAtomic(outcomesPath(runFolder, cell.id), content);
  return checksum;
}

/**
 * Reads the result of a cell that was finished with the same settings.
 *
 * @param options.onDamaged Told why a file that is there is not used.
 */
export async function readStoredCell(
  runFolder: string,
  cell: { id: string; hash: string },
  options: { onDamaged?: (reason: string) => void } = {},
): Promise<StoredCell | undefined> {
  const path = outcomesPath(runFolder, cell.id);
  const text = await readTextIfPresent(path);
  if (text === undefined) return undefined;
  try {
    const stored = storedSchema.parse(JSON.parse(text));
    if (stored.hash !== cell.hash) return undefined;
    if (sha256(JSON.stringify(stored.result)) !== stored.checksum) {
      throw new Error("its checksum is wrong");
    }
    return { result: cellResultSchema.parse(stored.result), checksum: stored.checksum };
  } catch (error) {
    const reason = error instanceof z.ZodError ? "it has another form" : (error as Error).message;
    options.onDamaged?.(`${path} is damaged (${reason}): the cell is run again`);
    return undefined;
  }
}

/**
 * A store's folder: recognised by its `store.json`, made where there is none.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { ConfigError, DataError } from "../errors.ts";
import { readTextIfPresent, writeFileAtomic } from "../files.ts";
import { ownNames, storeFileName } from "./layout.ts";

const storeSchema = z.object({ schemaVersion: z.number() });

/** What to do about a store that cannot be written. */
export const writeAdvice = "name another folder with --store";

/** Version of the layout that this program reads and writes. */
const schemaVersion = 1;

async function firstForeignName(folder: string): Promise<string | undefined> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!ownNames.has(name) && !name.endsWith(".tmp")) return name;
  }
  return undefined;
}

/**
 * Checks that a folder is a store, or can become one.
 *
 * @returns Whether it is one already.
 * @throws {ConfigError} where it holds something else.
 * @throws {DataError} where it cannot be read, or is a store of another version.
 */
export async function checkStoreFolder(folder: string): Promise<boolean> {
  const path = join(folder, storeFileName);
  let text: string | undefined;
  try {
    text = await readTextIfPresent(path);
    if (text === undefined) {
      const foreign = await firstForeignName(folder);
      if (foreign === undefined) return false;
      throw new ConfigError(
        `The folder ${folder} is not a store: it holds "${foreign}". Use another --store`,
      );
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof Deno.errors.NotFound) return false;
    const reason = (error as Error).message;
    throw new DataError(`Cannot read the store ${folder}: ${reason}. Use another --store`, {
      cause: error,
    });
  }
  const version = (() => {
    try {
      return storeSchema.parse(JSON.parse(text)).schemaVersion;
    } catch (error) {
      throw new DataError(
        `${path} is damaged. Remove this one file: it is made again, and entries are verified ` +
          `one by one`,
        { cause: error },
      );
    }
  })();
  if (version !== schemaVersion) {
    throw new DataError(
      `The store ${folder}: expected version ${schemaVersion}, got ${version}. It was written by ` +
        `another version of this program: use another --store`,
    );
  }
  return true;
}

/**
 * Makes a folder a store, where it is none yet.
 *
 * @throws {ConfigError} where it holds something else.
 * @throws {WriteError} where it cannot be written.
 */
export async function makeStoreFolder(folder: string): Promise<void> {
  if (await checkStoreFolder(folder)) return;
  const text = JSON.stringify({ schemaVersion }) + "\n";
  await writeFileAtomic(join(folder, storeFileName), text, { advice: writeAdvice });
}

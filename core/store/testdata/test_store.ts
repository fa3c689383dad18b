/** A store in a temporary folder, for tests. */

import { join } from "node:path";
import { sha256 } from "../../files.ts";
import { Store } from "../store.ts";

/** A key for a number. */
export function keyOf(number: number): string {
  return sha256(`key ${number}`);
}

/** A store, its folder's parent and what it told of damage. */
export interface TestStore {
  readonly store: Store;
  readonly folder: string;
  readonly told: string[];
}

/** Gives a test a store of its own. */
export async function withStore(test: (context: TestStore) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const told: string[] = [];
  try {
    const onDamaged = (message: string) => void told.push(message);
    await test({ store: await Store.open(join(folder, "store"), { onDamaged }), folder, told });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file below a folder, as paths relative to it. */
export async function listFiles(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) found.push(...await listFiles(folder, path));
    else found.push(path);
  }
  return found.sort();
}

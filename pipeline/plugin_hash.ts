/**
 * Content hash of a plug-in: of its module and of every file that it imports by a relative path,
 * directly or through others. Packages count by the specifier that stands in the code.
 *
 * @module
 */

import { dirname, join, relative, sep } from "node:path";
import { hashJson, projectFolder, readFileIfPresent, sha256 } from "../core/files.ts";

/** Static, side-effect and dynamic imports of a relative path. */
const relativeImport = /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.{1,2}\/[^"'\n]+)["']/g;

/** Folders of the program's own modules: their versions are in keys already. */
const ownFolders = ["core", "pipeline", "tasks", "students", "teachers", "reports", "cli"]
  .map((name) => join(projectFolder, name) + sep);

/**
 * SHA-256 of a plug-in. One that imports no file of its own has the hash of its bytes.
 *
 * @param path Of the module, absolute.
 * @param bytes Its content.
 */
export async function hashModules(path: string, bytes: Uint8Array): Promise<string> {
  const hashes = new Map([[path, sha256(bytes)]]);
  const open = [{ path, text: new TextDecoder().decode(bytes) }];
  for (let module = open.pop(); module !== undefined; module = open.pop()) {
    for (const [, specifier] of module.text.matchAll(relativeImport)) {
      const file = join(dirname(module.path), specifier!);
      if (hashes.has(file) || ownFolders.some((folder) => file.startsWith(folder))) continue;
      const content = await readFileIfPresent(file).catch(() => undefined);
      hashes.set(file, content === undefined ? "missing" : sha256(content));
      if (content !== undefined) open.push({ path: file, text: new TextDecoder().decode(content) });
    }
  }
  if (hashes.size === 1) return hashes.get(path)!;
  const folder = dirname(path);
  return hashJson([...hashes].map(([file, hash]) => [relative(folder, file), hash]).sort());
}

/**
 * Names of what is made of pictures.
 *
 * @module
 */

import { basename } from "node:path";

/**
 * The name of each picture without its ending, with a number where that is taken: no two alike where
 * capitals do not count.
 */
export function pictureStems(paths: readonly string[]): string[] {
  const used = new Set<string>();
  return paths.map((path) => {
    const stem = basename(path).replace(/\.[^.]*$/, "") || "image";
    for (let count = 1;; count++) {
      const name = count === 1 ? stem : `${stem}-${count}`;
      if (used.has(name.toLowerCase())) continue;
      used.add(name.toLowerCase());
      return name;
    }
  });
}

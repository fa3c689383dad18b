/**
 * Gives memory back to the system that a large piece of work has used for a while.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Collects garbage now. What a listing of many files leaves behind would otherwise lie beside the
 * memory of the training that follows, for the collector waits until the heap has grown. Without
 * effect where the runtime does not offer it.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    collect = () => {};
    try {
      setFlagsFromString("--expose-gc");
      const found: unknown = runInNewContext("gc");
      if (typeof found === "function") collect = () => void found();
    } catch {
      // It is a help, and nothing depends on it.
    }
  }
  collect();
}

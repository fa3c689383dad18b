/**
 * The class of a machine: times and memory are compared only within one.
 *
 * @module
 */

import type { Environment } from "../results/environment.ts";

/**
 * Class of the machine that an environment describes: its processor, cores and system, not its name
 * and not its versions, e.g. `"AMD EPYC, 2 cores, linux x64"`.
 */
export function machineClass({ cpu, cores, system }: Environment): string {
  // "linux 6.18.44 x64": releases of the kernel come and go.
  const words = typeof system === "string" ? system.split(" ") : [];
  const kind = [...new Set([words[0], words.at(-1)])].filter(Boolean).join(" ");
  return [
    typeof cpu === "string" && cpu !== "" ? cpu : "unknown processor",
    cores === undefined || cores === null ? "" : `${cores} ${cores === 1 ? "core" : "cores"}`,
    kind,
  ].filter((part) => part !== "").join(", ");
}

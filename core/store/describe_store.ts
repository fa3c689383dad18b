/**
 * A store in words.
 *
 * @module
 */

import type { StoreKind } from "./layout.ts";
import type { Store } from "./store.ts";

/** `runs/store: 12 models (310.0 MB), 40 outcomes (1.2 MB)`. */
export async function describeStore(store: Store): Promise<string> {
  const counts = { model: 0, outcome: 0 };
  const bytes = { model: 0, outcome: 0 };
  for await (const entry of store.list()) {
    counts[entry.kind]++;
    bytes[entry.kind] += entry.bytes;
  }
  const part = (kind: StoreKind) =>
    `${counts[kind]} ${kind}${counts[kind] === 1 ? "" : "s"} (${formatBytes(bytes[kind])})`;
  return `${store.folder}: ${part("model")}, ${part("outcome")}`;
}

/** A size in decimal units, as disks are sold: `310.0 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  while (value >= 999.95 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/**
 * What entries of the store were made with. Keys do not hold it, since a store is meant for one machine:
 * numbers of another version of the runtime, or of a machine with another block of channels, differ in
 * their last digits only, and their reader is told.
 *
 * @module
 */

import { z } from "zod";
import { type Environment, readEnvironment } from "../core/results/environment.ts";

/** Versions, and the kind of machine, by name. */
export type EntryEnvironment = Readonly<Record<string, string | number | null>>;

/** As it is read back; entries of before have none. */
export const entryEnvironmentSchema: z.ZodType<EntryEnvironment | undefined> = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.null()]),
).optional();

/** What of an environment can change the last digits of a number. */
const decisive = ["onnxruntime", "channelBlock", "sharp", "libvips"] as const;

let own: Promise<EntryEnvironment> | undefined;

/** That of this process. */
export function readEntryEnvironment(): Promise<EntryEnvironment> {
  return own ??= readEnvironment().then((environment) =>
    Object.fromEntries(decisive.map((key) => {
      const value = environment[key];
      return [key, typeof value === "string" || typeof value === "number" ? value : null];
    }))
  );
}

/** Says, once for each difference, that entries were made with something else than what is here. */
export function describeForeignEntries(
  entries: Iterable<EntryEnvironment | undefined>,
  now: Environment,
): string[] {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    for (const key of decisive) {
      const before = entry?.[key];
      if (before === undefined || before === (now[key] ?? null)) continue;
      const difference = `${key} ${before ?? "none"}, here it is ${now[key] ?? "none"}`;
      counts.set(difference, (counts.get(difference) ?? 0) + 1);
    }
  }
  return [...counts].map(([difference, count]) =>
    `${count} of the models and measurements that the store had were made with ${difference}: their ` +
    "last digits may differ from those made here"
  );
}

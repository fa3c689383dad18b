/**
 * The text in a lock's file: who holds it. For people only; the system keeps the lock itself.
 *
 * @module
 */

import { hostname } from "node:os";
import { z } from "zod";

const holderSchema = z.object({ pid: z.number(), host: z.string(), startedAt: z.string() });

/** The text for a lock that this process takes now. */
export function holderText(): string {
  const startedAt = new Date().toISOString();
  return JSON.stringify({ pid: Deno.pid, host: hostname(), startedAt }) + "\n";
}

/** `process 7 on host, since …`, or `another process` where the text says nothing. */
export function describeHolderText(text: string): string {
  try {
    const { pid, host, startedAt } = holderSchema.parse(JSON.parse(text));
    return `process ${pid} on ${host}, since ${startedAt}`;
  } catch {
    return "another process";
  }
}

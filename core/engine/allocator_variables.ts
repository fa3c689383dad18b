/**
 * Settings of glibc's allocator that a process gets by its environment.
 *
 * @module
 */

/** Name of the environment variable. */
const variable = "GLIBC_TUNABLES";

/**
 * Huge pages: with small ones a training step spends about a twentieth of its time on finding them.
 */
const pages: readonly (readonly [string, string])[] = [["glibc.malloc.hugetlb", "1"]];

/**
 * Bytes of a tensor from which it is taken from the system by itself, and given back when it is freed. glibc
 * learns from what is freed to keep up to 32 MB in its heap, where tensors of many sizes leave holes that the
 * next ones do not fit into: a twelfth of the memory of a large step. Pages that come anew cost time: a step
 * of a detector at 800×1344 with 2 threads takes 4.9 s from 32 MB on, 5.3 from 16, 5.9 from 8 and 7.4 from 4,
 * with 2.78, 2.59, 2.55 and 2.39 GB (single runs; measured again, 4.9 s and 2.70 GB from 8 on).
 */
export const directBytes = 2 ** 23;

/** Large tensors one by one; the heap keeps the 64 MB at its end that it would keep anyway. */
const tensors: readonly (readonly [string, string])[] = [
  ["glibc.malloc.mmap_threshold", String(directBytes)],
  ["glibc.malloc.trim_threshold", String(2 ** 26)],
];

/**
 * What is added to the environment of a command of ours; settings of the user's own stay.
 *
 * @param current Value of `GLIBC_TUNABLES`.
 */
export function allocatorVariables(current: string | undefined): Record<string, string> {
  if (Deno.build.os !== "linux") return {};
  const added = [...pages, ...tensors].filter(([name]) => !current?.includes(name))
    .map(([name, value]) => `${name}=${value}`);
  if (added.length === 0) return {};
  return { [variable]: [...(current ? [current] : []), ...added].join(":") };
}

/**
 * The same for a program of others that is measured beside ours: huge pages, from which every program gains,
 * and of the rest what the user set alone.
 *
 * @param current Value of `GLIBC_TUNABLES` in a command of ours.
 */
export function foreignAllocatorVariables(current: string | undefined): Record<string, string> {
  if (current === undefined) return {};
  const own = new Set(tensors.map(([name, value]) => `${name}=${value}`));
  return { [variable]: current.split(":").filter((setting) => !own.has(setting)).join(":") };
}

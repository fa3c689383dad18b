/**
 * Gives memory back that was freed but is kept by the C library.
 *
 * @module
 */

/** `malloc_trim` of glibc; null where there is none, undefined before it was looked for. */
let trim: (() => void) | null | undefined;

/** Looks for the function, without asking the user for anything. */
function findTrim(): (() => void) | null {
  if (Deno.build.os !== "linux") return null;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return null;
  try {
    const { symbols } = Deno.dlopen("libc.so.6", {
      malloc_trim: { parameters: ["usize"], result: "i32" },
    });
    return () => void symbols.malloc_trim(0n);
  } catch {
    return null; // Another C library.
  }
}

/**
 * Gives freed memory back to the system: after a run of a large graph glibc keeps a gigabyte of it in
 * pieces. Takes a tenth of a second per gigabyte; does nothing elsewhere.
 */
export function trimMemory(): void {
  if (trim === undefined) trim = findTrim();
  trim?.();
}

/**
 * Gives memory back that was freed but is kept by the C library.
 *
 * @module
 */

import { directBytes } from "./allocator_variables.ts";

/** What of glibc is used. */
interface Allocator {
  trim(): void;
  /** Bytes from which memory is taken from the system, and given back when it is freed. */
  setDirectBytes(bytes: number): void;
}

/** glibc's allocator; null where there is none, undefined before it was looked for. */
let allocator: Allocator | null | undefined;
let isDirect = false;

/** `M_MMAP_THRESHOLD` of glibc's malloc.h. */
const directBytesParameter = -3;

/** Looks for the functions, without asking the user for anything. */
function findAllocator(): Allocator | null {
  if (Deno.build.os !== "linux") return null;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return null;
  try {
    const { symbols } = Deno.dlopen("libc.so.6", {
      malloc_trim: { parameters: ["usize"], result: "i32" },
      mallopt: { parameters: ["i32", "i32"], result: "i32" },
    });
    return {
      trim: () => void symbols.malloc_trim(0n),
      setDirectBytes: (bytes) => void symbols.mallopt(directBytesParameter, bytes),
    };
  } catch {
    return null; // Another C library.
  }
}

/**
 * Gives freed memory back to the system: after a run of a large graph glibc keeps a gigabyte of it in
 * pieces. Takes a tenth of a second per gigabyte; does nothing elsewhere.
 */
export function trimMemory(): void {
  if (allocator === undefined) allocator = findAllocator();
  allocator?.trim();
}

/**
 * Lets this process take tensors of {@linkcode directBytes} and more from the system one by one, from now
 * on; does nothing elsewhere.
 */
export function takeTensorsDirectly(): void {
  if (isDirect) return;
  if (allocator === undefined) allocator = findAllocator();
  allocator?.setDirectBytes(directBytes);
  isDirect = true;
}

/**
 * Numbers of fixtures: little-endian bytes in base 64.
 *
 * @module
 */

/** 32-bit floats. */
export function floats(text: string): Float32Array {
  return new Float32Array(Uint8Array.fromBase64(text).buffer);
}

/** 32-bit whole numbers. */
export function integers(text: string): Int32Array {
  return new Int32Array(Uint8Array.fromBase64(text).buffer);
}

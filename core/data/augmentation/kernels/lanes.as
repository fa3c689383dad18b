/**
 * Pixel loops of the photographic augmentations, 16 bytes at a time.
 *
 * AssemblyScript (TypeScript's syntax, compiled to WebAssembly with 128-bit SIMD); built by
 * build_kernels.ts, which says how. No allocation: every argument is an address in the module's
 * memory or a number, and the caller lays out that memory (image_memory.ts). Loads may read up to
 * 16 bytes behind a buffer and stores may write as many: the caller leaves that room.
 *
 * Images come in as RGB bytes, rows from the top ("interleaved"), and are worked on as three planes
 * of `planeStride` bytes each. Arithmetic is that of Pillow's C code, rounding included, so that
 * results are equal to the last bit: Resample.c, Blend.c, Convert.c, BoxBlur.c.
 */

/** Four 32-bit vectors to 16 bytes, clamped to 0 … 255. */
// @ts-ignore: decorator
@inline
function toBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** Four bytes as 32-bit lanes. */
// @ts-ignore: decorator
@inline
function loadFour(address: usize): v128 {
  return i32x4.extend_low_i16x8_u(
    i16x8.extend_low_i8x16_u(v128.load_zero<u32>(address)),
  );
}

// @ts-ignore: decorator
@inline
function storeFour(address: usize, lanes: v128): void {
  const narrow = i16x8.narrow_i32x4_s(lanes, lanes);
  v128.store_lane<u32>(address, i8x16.narrow_i16x8_u(narrow, narrow), 0);
}

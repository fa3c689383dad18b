/**
 * Sums of vectors that threads share: each thread sums a range of its own.
 *
 * @module
 */

/** The range of a vector of `length` numbers that one of `replicas` threads works on. */
export function shareOf(
  length: number,
  replica: number,
  replicas: number,
): { begin: number; end: number } {
  return {
    begin: Math.floor(length * replica / replicas),
    end: Math.floor(length * (replica + 1) / replicas),
  };
}

/**
 * output ← scale · Σ inputs, added in their order in double precision and rounded once, so that the
 * bits do not depend on which thread was first. `output` may be one of the inputs.
 */
export function sumInto(
  output: Float32Array,
  inputs: readonly Float32Array[],
  scale: number,
): void {
  const [first, second, ...others] = inputs as [Float32Array, Float32Array, ...Float32Array[]];
  for (let index = 0; index < output.length; index++) {
    let total = first[index]! + second[index]!;
    for (const other of others) total += other[index]!;
    output[index] = total * scale;
  }
}

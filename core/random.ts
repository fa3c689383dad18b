/**
 * Counted random numbers: every value is a pure function of (seed, stream, counter), so any part
 * of a run can be repeated or resumed without replaying what came before it.
 *
 * The generator is Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011), the one that JAX-like and cuRAND libraries use.
 *
 * @module
 */

const philoxMultiplier0 = 0xd2511f53;
const philoxMultiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16;
  const bLow = b & 0xffff, bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const middle2 = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000)) >>> 0;
}

/** Philox4x32-10: four counter words and two key words to four random words, written to `output`. */
export function philox(counter: Uint32Array, key: Uint32Array, output: Uint32Array): void {
  let c0 = counter[0]!, c1 = counter[1]!, c2 = counter[2]!, c3 = counter[3]!;
  let k0 = key[0]!, k1 = key[1]!;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(philoxMultiplier0, c0);
    const low0 = Math.imul(philoxMultiplier0, c0) >>> 0;
    const high1 = multiplyHigh(philoxMultiplier1, c2);
    const low1 = Math.imul(philoxMultiplier1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  output[0] = c0;
  output[1] = c1;
  output[2] = c2;
  output[3] = c3;
}

/** FNV-1a hash of a string, 32 bits: turns stream names into words. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** One stream of random numbers, named by a seed and any number of words or strings. */
export class RandomStream {
  readonly #key = new Uint32Array(2);
  readonly #counter = new Uint32Array(4);
  readonly #block = new Uint32Array(4);
  #used = 4;

  /**
   * @param seed Whole number, 0 to 2⁵³ − 1.
   * @param stream What the numbers are for, e.g. `"augment", epoch, imageIndex`.
   */
  constructor(seed: number, ...stream: (string | number)[]) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(
        `Cannot seed a random stream: seed is ${seed}, expected a whole number ≥ 0`,
      );
    }
    let k0 = seed >>> 0;
    let k1 = Math.floor(seed / 2 ** 32) >>> 0;
    const input = new Uint32Array(4);
    const output = new Uint32Array(4);
    const key = new Uint32Array(2);
    for (const part of stream) {
      const word = typeof part === "string" ? hashText(part) : part >>> 0;
      input[0] = word;
      input[1] = typeof part === "string" ? part.length : Math.floor(part / 2 ** 32) >>> 0;
      input[2] = typeof part === "string" ? 1 : 0;
      key[0] = k0;
      key[1] = k1;
      philox(input, key, output);
      k0 = output[0]!;
      k1 = output[1]!;
    }
    this.#key[0] = k0;
    this.#key[1] = k1;
  }

  /** Next 32 random bits. */
  uint32(): number {
    if (this.#used === 4) {
      philox(this.#counter, this.#key, this.#block);
      this.#counter[0]!++;
      if (this.#counter[0] === 0) this.#counter[1]!++;
      this.#used = 0;
    }
    return this.#block[this.#used++]!;
  }

  /** Uniform number in [low, high), 53 bits. */
  uniform(low = 0, high = 1): number {
    const a = this.uint32() >>> 5, b = this.uint32() >>> 6;
    return low + (high - low) * ((a * 0x4000000 + b) / 2 ** 53);
  }

  /** Whole number in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal number (Box–Muller, one of the pair). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** One of the items. */
  choose<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!;
  }

  /** The numbers 0 … count − 1 in random order (Fisher–Yates). */
  permutation(count: number): Uint32Array {
    const order = new Uint32Array(count);
    for (let index = 0; index < count; index++) order[index] = index;
    for (let index = count - 1; index > 0; index--) {
      const other = this.integer(index + 1);
      const kept = order[index]!;
      order[index] = order[other]!;
      order[other] = kept;
    }
    return order;
  }
}

/**
 * Small changes of files, drawn from a seed: of bits, bytes, lengths, pieces, and of texts.
 *
 * @module
 */

import type { RandomStream } from "../../core/random.ts";

/** Numbers that lengths and counts are set to. */
const extremes = [
  0n,
  1n,
  127n,
  255n,
  65_535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

/** Pieces of text that parsers trip over. */
const awkwardTexts = [
  "null",
  "true",
  "-1",
  "1e999",
  "0.5",
  "9007199254740993",
  "2000000000",
  '""',
  '"__proto__"',
  "[]",
  "{}",
  "*a",
  "&a",
  "\u0000",
  "\u001b[31m",
  "\u0007",
  "\ud800",
  "\u202e",
  "\ufeff",
  "\r",
  "\t",
  "\n",
  "é",
  "'",
  '"',
  ",",
  ":",
  "#",
  "../",
  "[".repeat(20_000),
  '{"a":'.repeat(5_000),
];

function splice(bytes: Uint8Array, start: number, end: number, content: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - (end - start) + content.length);
  result.set(bytes.subarray(0, start));
  result.set(content, start);
  result.set(bytes.subarray(end), start + content.length);
  return result;
}

/** A piece of a file; most are short. */
function range(random: RandomStream, length: number): [number, number] {
  const start = random.integer(length);
  const longest = random.uniform() < 0.7 ? 16 : length;
  return [start, Math.min(length, start + 1 + random.integer(longest))];
}

type Change = (bytes: Uint8Array, random: RandomStream) => Uint8Array;

/** Changes of any file. None is called with an empty one. */
const byteChanges: Readonly<Record<string, Change>> = {
  "bit flip": (bytes, random) => {
    const result = bytes.slice();
    for (let count = 1 + random.integer(3); count > 0; count--) {
      result[random.integer(bytes.length)]! ^= 1 << random.integer(8);
    }
    return result;
  },
  "byte": (bytes, random) => {
    const result = bytes.slice();
    result[random.integer(bytes.length)] = random.choose([0, 1, 0x20, 0x7f, 0x80, 0xfe, 0xff]);
    return result;
  },
  "truncation": (bytes, random) => bytes.slice(0, random.integer(bytes.length)),
  "extension": (bytes, random) => {
    const more = new Uint8Array(1 + random.integer(64));
    if (random.uniform() < 0.5) more.forEach((_, index) => more[index] = random.integer(256));
    else more.set(bytes.subarray(0, more.length));
    return splice(bytes, bytes.length, bytes.length, more);
  },
  "deletion": (bytes, random) => splice(bytes, ...range(random, bytes.length), new Uint8Array()),
  "duplication": (bytes, random) => {
    const [start, end] = range(random, bytes.length);
    return splice(bytes, end, end, bytes.slice(start, end));
  },
  "swapped chunks": (bytes, random) => {
    const length = 1 + random.integer(Math.max(1, bytes.length >> 2));
    const [one, other] = [0, 0].map(() => random.integer(Math.max(1, bytes.length - length)));
    const result = bytes.slice();
    result.set(bytes.subarray(other!, other! + length), one);
    result.set(bytes.subarray(one!, one! + length), other);
    return result;
  },
  "zeros": (bytes, random) => bytes.slice().fill(0, ...range(random, bytes.length)),
  "length": (bytes, random) => {
    const size = random.choose([1, 2, 4, 8]);
    if (bytes.length < size) return bytes.slice(1);
    const value = BigInt.asUintN(8 * size, random.choose(extremes));
    const number = new Uint8Array(new BigUint64Array([value]).buffer).slice(0, size);
    if (random.uniform() < 0.3) number.reverse();
    const near = random.uniform() < 0.5 ? Math.min(64, bytes.length) : bytes.length;
    const result = bytes.slice();
    result.set(number, Math.min(random.integer(near), bytes.length - size));
    return result;
  },
};

/** Changes of a text. */
const textChanges: Readonly<Record<string, Change>> = {
  "number": (bytes, random) => {
    const text = new TextDecoder().decode(bytes);
    const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)];
    if (numbers.length === 0) return bytes.slice(1);
    const { index, 0: old } = random.choose(numbers);
    const next = random.uniform() < 0.5
      ? `${random.choose(extremes)}`
      : old.replace(/\d/, (digit) => `${(Number(digit) + 1) % 10}`);
    return new TextEncoder().encode(text.slice(0, index) + next + text.slice(index + old.length));
  },
  "awkward text": (bytes, random) => {
    const start = random.integer(bytes.length + 1);
    const end = random.uniform() < 0.5 ? start : Math.min(bytes.length, start + random.integer(8));
    return splice(bytes, start, end, new TextEncoder().encode(random.choose(awkwardTexts)));
  },
  "line": (bytes, random) => {
    const lines = new TextDecoder().decode(bytes).split("\n");
    const index = random.integer(lines.length);
    if (random.uniform() < 0.5) lines.splice(index, 1);
    else lines.splice(index, 0, lines[random.integer(lines.length)]!);
    return new TextEncoder().encode(lines.join("\n"));
  },
  "letter": (bytes, random) => {
    const result = bytes.slice();
    const at = random.integer(bytes.length);
    result[at] = random.choose([..."aZ09_ \"',:[]{}#&*!|>-"]).charCodeAt(0);
    return result;
  },
};

/** Changes one number, text or list within a plain value, at any depth, in place. */
export function mutateValue(value: unknown, random: RandomStream): void {
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const walk = (holder: Record<string, unknown>) => {
    for (const key of Object.keys(holder)) {
      const inner = holder[key];
      places.push({ holder, key });
      if (inner !== null && typeof inner === "object" && !ArrayBuffer.isView(inner)) {
        walk(inner as Record<string, unknown>);
      }
    }
  };
  walk(value as Record<string, unknown>);
  const { holder, key } = random.choose(places);
  const old = holder[key];
  if (typeof old === "number") {
    const number = Number(BigInt.asIntN(64, random.choose(extremes)));
    holder[key] = random.choose([number, -number, old + 1, old - 1, old / 2, -1]);
  } else if (typeof old === "string") {
    holder[key] = random.choose(["", old + old, random.choose(awkwardTexts).slice(0, 100)]);
  } else if (ArrayBuffer.isView(old)) {
    const bytes = new Uint8Array(old.buffer, old.byteOffset, old.byteLength);
    holder[key] = bytes.length === 0 ? Uint8Array.of(1) : mutate(bytes, random).bytes;
  } else if (Array.isArray(old) && old.length > 0 && random.uniform() < 0.7) {
    const index = random.integer(old.length);
    if (random.uniform() < 0.5) old.splice(index, 1);
    else old.splice(index, 0, structuredClone(old[random.integer(old.length)]));
  } else delete holder[key];
}

/** What {@linkcode mutate} made. */
export interface Mutation {
  readonly bytes: Uint8Array;
  /** Kind of the change, for people. */
  readonly kind: string;
}

/**
 * Changes a file a little.
 *
 * @param header Where a text in it begins and ends: half of the changes are made to that text.
 */
export function mutate(
  bytes: Uint8Array,
  random: RandomStream,
  header?: readonly [number, number],
): Mutation {
  // A Buffer's slice shares memory: only a plain array may be changed.
  bytes = Uint8Array.from(bytes);
  if (bytes.length === 0) return { bytes: Uint8Array.of(random.integer(256)), kind: "extension" };
  if (header !== undefined && header[1] > header[0] && random.uniform() < 0.5) {
    const [start, end] = header;
    const kind = random.choose(Object.keys({ ...textChanges, ...byteChanges }));
    const change = textChanges[kind] ?? byteChanges[kind]!;
    const text = change(bytes.slice(start, end), random);
    return { bytes: splice(bytes, start, end, text), kind: `header: ${kind}` };
  }
  const kind = random.choose(Object.keys(byteChanges));
  return { bytes: byteChanges[kind]!(bytes, random), kind };
}

/**
 * The wire format of protocol buffers, read field by field; nothing in it is trusted.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/.
 *
 * @module
 */

/** A field of a message. */
export interface WireField {
  /** Its number in the message. */
  readonly number: number;
  /** A whole number, where it is one. */
  readonly integer: bigint;
  /** The bytes of a text, of bytes or of a message within; empty for numbers. */
  readonly bytes: Uint8Array;
  /** Whether it has {@linkcode bytes}: repeated numbers may be packed in them. */
  readonly isPacked: boolean;
  /** Where the field begins in the message: its tag. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** Bytes of a number of 64 bits, seven bits in each. */
const mostVarintBytes = 10;

/** Tells {@linkcode wireFields} why bytes are no message. */
export type WireFail = (reason: string) => never;

function readVarint(bytes: Uint8Array, start: number, fail: WireFail): [bigint, number] {
  let value = 0n;
  for (let index = 0; index < mostVarintBytes; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) fail("it ends within a number");
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return [BigInt.asUintN(64, value), start + index + 1];
  }
  return fail("a number is too long");
}

/** Whole numbers that stand one behind the other: a packed field. */
export function readVarints(bytes: Uint8Array, fail: WireFail): bigint[] {
  const numbers: bigint[] = [];
  for (let at = 0; at < bytes.length;) {
    const [number, end] = readVarint(bytes, at, fail);
    numbers.push(number);
    at = end;
  }
  return numbers;
}

const nothing: Uint8Array = new Uint8Array();

/**
 * The fields of a message, in order.
 *
 * @param fail Told the reason where the bytes are no message: cut short, lengths beyond the end,
 * unknown kinds of fields.
 */
export function* wireFields(bytes: Uint8Array, fail: WireFail): Generator<WireField> {
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const [tag, afterTag] = readVarint(bytes, at, fail);
    const number = Number(tag >> 3n);
    if (number < 1 || number >= 2 ** 29) fail(`it has a field ${number}`);
    at = afterTag;
    let integer = 0n, content = nothing;
    switch (Number(tag & 7n)) {
      case 0:
        [integer, at] = readVarint(bytes, at, fail);
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const [length, begin] = readVarint(bytes, at, fail);
        if (length > BigInt(bytes.length - begin)) {
          fail(`field ${number} claims ${length} bytes, there are ${bytes.length - begin}`);
        }
        at = begin + Number(length);
        content = bytes.subarray(begin, at);
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        fail(`field ${number} is of an unknown kind`);
    }
    if (at > bytes.length) fail(`it ends within field ${number}`);
    yield { number, integer, bytes: content, isPacked: (tag & 7n) === 2n, start, end: at };
  }
}

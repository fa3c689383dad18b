/**
 * A large JSON file, read piece by piece: an object whose members are long lists, of which one element
 * after the other is parsed. Memory does not grow with the file, which may have more bytes than a text
 * may have characters.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { DataError } from "../../../errors.ts";
import { explainReadError } from "../../../files.ts";
import { describeForeignBytes } from "../../../foreign_file.ts";

/** Bytes that are read at a time. */
const chunkBytes = 4 * 2 ** 20;
/** Most bytes of an element of a list: far more than an object's outline has. */
const mostElementBytes = 64 * 2 ** 20;

const quote = 0x22, comma = 0x2c, colon = 0x3a, backslash = 0x5c;
const openBracket = 0x5b, closeBracket = 0x5d, openBrace = 0x7b, closeBrace = 0x7d;

/** An element of a list, or a member that is no list. */
export interface JsonElement {
  /** Name of the member. */
  readonly member: string;
  /** Whether it is an element of a list. */
  readonly isInList: boolean;
  readonly value: unknown;
  /** Where its text is in the file. */
  readonly offset: number;
  readonly length: number;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * Parses a piece of a file.
 *
 * @param offset Where the piece begins in the file, for the error.
 * @throws {DataError} where it is not JSON.
 */
export function parseJsonPiece(bytes: Uint8Array, path: string, offset: number): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      `${path} is not JSON: ${reason.slice(0, 200)}, in what begins at byte ${offset}`,
      { cause: error },
    );
  }
}

/** Reads a file from its start to its end. */
class JsonScanner {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #hash = createHash("sha256");
  #buffer = new Uint8Array(2 * chunkBytes);
  /** Where the buffer begins in the file. */
  #base = 0;
  #at = 0;
  #end = 0;
  #isOver = false;

  constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  get #place(): number {
    return this.#base + this.#at;
  }

  fail(problem: string): never {
    throw new DataError(`${this.#path} is not JSON as COCO has it: ${problem}`);
  }

  #failTruncated(what: string): never {
    this.fail(
      `it ends at byte ${
        this.#base + this.#end
      }, in the middle of ${what}; it is cut short, copy ` +
        "or download it again",
    );
  }

  /** Reads on. @param keep Place in the buffer from which on bytes are still needed. */
  #fill(keep: number): boolean {
    if (this.#isOver) return false;
    this.#buffer.copyWithin(0, keep, this.#end);
    this.#base += keep;
    this.#at -= keep;
    this.#end -= keep;
    if (this.#buffer.length - this.#end < chunkBytes) {
      const larger = new Uint8Array(2 * this.#buffer.length);
      larger.set(this.#buffer.subarray(0, this.#end));
      this.#buffer = larger;
    }
    const target = this.#buffer.subarray(this.#end, this.#end + chunkBytes);
    const count = this.#file.readSync(target);
    if (count === null) {
      this.#isOver = true;
      return false;
    }
    this.#hash.update(target.subarray(0, count));
    this.#end += count;
    return true;
  }

  /** The next byte that is no white space, which is not taken; −1 at the end. */
  #peek(): number {
    for (;;) {
      while (this.#at < this.#end) {
        const byte = this.#buffer[this.#at]!;
        if (byte > 0x20) return byte;
        if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
          this.fail(`byte ${this.#place} is ${byte}`);
        }
        this.#at++;
      }
      if (!this.#fill(this.#at)) return -1;
    }
  }

  #take(wanted: number, what: string): void {
    const byte = this.#peek();
    if (byte < 0) this.#failTruncated(what);
    if (byte !== wanted) this.#failExpected(String.fromCharCode(wanted), byte);
    this.#at++;
  }

  #failExpected(expected: string, byte: number): never {
    this.fail(
      `expected ${expected}, got ${
        JSON.stringify(String.fromCharCode(byte))
      } at byte ${this.#place}`,
    );
  }

  /**
   * Finds where a value ends.
   *
   * @param isKept Whether its bytes are needed: then they are in the buffer, and limited in number.
   * @returns Where it begins in the buffer, if it is kept.
   */
  #skipValue(what: string, isKept: boolean): number {
    if (this.#peek() < 0) this.#failTruncated(what);
    let start = this.#at, at = this.#at, depth = 0, inString = false;
    for (;;) {
      if (at === this.#end) {
        this.#at = at;
        const keep = isKept ? start : at;
        if (at - start > mostElementBytes && isKept) {
          this.fail(
            `${what}, which begins at byte ${this.#base + start}, has more than ` +
              `${mostElementBytes} bytes`,
          );
        }
        if (!this.#fill(keep)) this.#failTruncated(what);
        start -= keep;
        at = this.#at;
        if (at === this.#end) this.#failTruncated(what);
      }
      const byte = this.#buffer[at]!;
      if (inString) {
        if (byte === backslash) {
          // An escaped character may be the first of the next piece.
          if (at + 1 === this.#end) {
            this.#at = at;
            const keep = isKept ? start : at;
            if (!this.#fill(keep)) this.#failTruncated(what);
            start -= keep;
            at = this.#at;
          }
          at++;
        } else if (byte === quote) {
          inString = false;
          if (depth === 0) {
            this.#at = at + 1;
            return start;
          }
        }
      } else if (byte === quote) {
        inString = true;
      } else if (byte === openBrace || byte === openBracket) {
        depth++;
      } else if (byte === closeBrace || byte === closeBracket) {
        // The bracket of what a number stands in.
        if (depth === 0) {
          this.#at = at;
          return start;
        }
        depth--;
        if (depth === 0) {
          this.#at = at + 1;
          return start;
        }
      } else if (depth === 0 && (byte === comma || byte <= 0x20)) {
        this.#at = at;
        return start;
      }
      at++;
    }
  }

  #read(what: string): { value: unknown; offset: number; length: number } {
    const start = this.#skipValue(what, true);
    const bytes = this.#buffer.subarray(start, this.#at);
    const offset = this.#base + start;
    return { value: parseJsonPiece(bytes, this.#path, offset), offset, length: bytes.length };
  }

  #begin(): void {
    this.#fill(0);
    const foreign = describeForeignBytes(this.#buffer.subarray(0, Math.min(this.#end, 4096)));
    if (foreign !== undefined) this.fail(`it is ${foreign}`);
    const isMarked = [0xef, 0xbb, 0xbf].every((byte, at) => this.#buffer[at] === byte);
    if (isMarked) this.#at = 3;
    this.#take(openBrace, "the file");
  }

  /** Elements of the members in `wanted`; others are passed over. */
  *elements(wanted: readonly string[]): Generator<JsonElement> {
    this.#begin();
    if (this.#peek() === closeBrace) this.#at++;
    else {
      for (;;) {
        if (this.#peek() !== quote) {
          const byte = this.#peek();
          if (byte < 0) this.#failTruncated("the file");
          this.#failExpected("a name in quotes", byte);
        }
        const { value: member } = this.#read("a name");
        this.#take(colon, "the file");
        yield* this.#member(member as string, wanted);
        const byte = this.#peek();
        if (byte < 0) this.#failTruncated("the file");
        if (byte !== comma && byte !== closeBrace) this.#failExpected(", or }", byte);
        this.#at++;
        if (byte === closeBrace) break;
      }
    }
    if (this.#peek() >= 0) this.fail(`something follows its end at byte ${this.#place}`);
  }

  *#member(member: string, wanted: readonly string[]): Generator<JsonElement> {
    const what = JSON.stringify(member);
    if (!wanted.includes(member)) {
      this.#skipValue(what, false);
      return;
    }
    if (this.#peek() !== openBracket) {
      yield { member, isInList: false, ...this.#read(what) };
      return;
    }
    this.#at++;
    if (this.#peek() === closeBracket) {
      this.#at++;
      return;
    }
    for (;;) {
      yield { member, isInList: true, ...this.#read(`an element of ${what}`) };
      const byte = this.#peek();
      if (byte < 0) this.#failTruncated(what);
      if (byte !== comma && byte !== closeBracket) this.#failExpected(", or ]", byte);
      this.#at++;
      if (byte === closeBracket) return;
    }
  }

  /** SHA-256 of the file; to be asked for when all is read. */
  digest(): string {
    return this.#hash.digest("hex");
  }
}

/** What a file was when it was read. */
export interface ScannedFile {
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  readonly size: number;
  /** Time of its last change in milliseconds. */
  readonly modified: number | undefined;
}

/** Elements that are read before others have a turn. */
const elementsPerTurn = 20_000;

/**
 * Reads a JSON file whose root is an object, and hands over the elements of some of its members, in
 * their order. A member that is no list is handed over whole; what is in others is only looked at for
 * its brackets.
 *
 * @param wanted Names of the members.
 * @param each Told of every element.
 * @throws {DataError} where the file cannot be read or is not such JSON, with the byte where.
 */
export async function scanJson(
  path: string,
  wanted: readonly string[],
  each: (element: JsonElement) => void,
): Promise<ScannedFile> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    throw explainReadError(path, error);
  }
  try {
    const { isFile, size, mtime } = await file.stat();
    if (!isFile) throw new DataError(`${path} is not a file`);
    const scanner = new JsonScanner(path, file);
    let count = 0;
    for (const element of scanner.elements(wanted)) {
      each(element);
      count++;
      if (count % elementsPerTurn === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return { sha256: scanner.digest(), size, modified: mtime?.getTime() };
  } finally {
    file.close();
  }
}

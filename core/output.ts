/**
 * The one door to the terminal: everything that is printed goes through it, and nothing that a
 * terminal would obey gets past it. Names of folders and images, metadata, titles of recipes and
 * names of plug-ins may hold anything.
 *
 * `scripts/check_doors.ts` keeps it the only one.
 *
 * @module
 */

import { withoutPermissionAdvice, WriteError } from "./errors.ts";

/** Signs that a terminal obeys, or that change the order in which a line is read. */
const unsafe =
  // deno-lint-ignore no-control-regex -- control characters are what is removed
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** What is printed in the place of a sign that is not. */
const replacement = "\ufffd";

/**
 * Text from outside made safe for a terminal and for one line: control characters (escape
 * sequences among them) and bidirectional overrides become `�`, line breaks and tabs become spaces.
 */
export function cleanText(text: string): string {
  return text.replace(/[\r\n\t\u0085\u2028\u2029]+/g, " ").replace(unsafe, replacement);
}

/** {@linkcode cleanText} for a text that was laid out in lines: its line breaks stay. */
export function cleanBlock(text: string): string {
  return text.replace(/\r\n/g, "\n").split("\n").map(cleanText).join("\n");
}

/**
 * {@linkcode cleanText} for a message. Messages of the program go on in lines that are indented; any
 * other line break comes from a name and becomes a space, so that no name can add a line that reads
 * like one of the program's own.
 */
export function cleanMessage(text: string): string {
  return withoutPermissionAdvice(text).trimEnd().split(/\n(?= {2})/).map(cleanText).join("\n");
}

/** A JSON text of which every sign that a terminal obeys is escaped; it means the same value. */
export function escapeJson(json: string): string {
  // Line breaks between the values are the only control characters that JSON has outside strings.
  return json.replace(
    unsafe,
    (sign) => sign === "\n" ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest: Uint8Array = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch (error) {
    // The reader has gone (`… | head`); the work goes on.
    if (error instanceof Deno.errors.BrokenPipe) return;
    // Nowhere is left to say it.
    if (stream === Deno.stderr) return;
    throw new WriteError(`Cannot write to the standard output: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function withLineEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** Writes one line to standard output. */
export function printLine(text = ""): void {
  write(Deno.stdout, `${cleanText(text)}\n`);
}

/** Writes lines that are laid out, such as a table, to standard output, whole. */
export function printBlock(text: string): void {
  write(Deno.stdout, withLineEnd(cleanBlock(text)));
}

/**
 * Writes a value as JSON to standard output.
 *
 * @param options.indent Spaces of each level; 0 puts all on one line. @default {1}
 */
export function printJson(value: unknown, options: { readonly indent?: number } = {}): void {
  const { indent = 1 } = options;
  write(Deno.stdout, `${escapeJson(JSON.stringify(value, null, indent))}\n`);
}

/** Writes a message to standard error; see {@linkcode cleanMessage}. */
export function tell(message: string): void {
  write(Deno.stderr, `${cleanMessage(message)}\n`);
}

/** Writes lines that are laid out to standard error, e.g. the help of a command that is wrong. */
export function tellBlock(text: string): void {
  write(Deno.stderr, withLineEnd(cleanBlock(text)));
}

/** Whether standard error is a terminal, on which progress may be drawn. */
export function isTerminal(): boolean {
  return Deno.stderr.isTerminal();
}

/** Columns of the terminal, or 120 where there is none. */
export function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 120;
  }
}

/** What draws on a terminal with escape sequences of its own, as cli-progress does. */
export interface TerminalStream {
  /** Whether lines can be drawn again. */
  readonly isTTY: boolean;
  /** Columns. */
  readonly columns: number;
  /** Writes a text. */
  write(text: string): boolean;
}

/**
 * Standard error for a program that draws: its own sequences for the cursor, for line wrapping and
 * for colours pass, and nothing else that a terminal obeys.
 */
export function drawingStream(
  stream: { writeSync(bytes: Uint8Array): number } = Deno.stderr,
): TerminalStream {
  // deno-lint-ignore no-control-regex -- sequences are what is looked for
  const own = /(\u001b(?:[78]|\[\d*(?:;\d*)*[ABCDGHJKm]|\[\?(?:25|7)[hl])|[\n\r])/;
  return {
    isTTY: true,
    get columns() {
      return terminalWidth();
    },
    write(text) {
      const parts = text.split(own);
      write(stream, parts.map((part, at) => at % 2 === 1 ? part : cleanText(part)).join(""));
      return true;
    },
  };
}

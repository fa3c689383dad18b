/**
 * Keys of a JSON text that stand twice.
 *
 * @module
 */

/** Where the string that opens at `start` of a valid JSON text ends: its closing quote. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1);; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/**
 * The first key that stands twice in one object of a valid JSON text, or undefined. `JSON.parse`
 * keeps the last in silence.
 *
 * @throws {RangeError} when the text nests deeper than `maximumDepth`.
 */
export function duplicateKey(text: string, maximumDepth: number): string | undefined {
  // One set of keys per open object, null per open array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "{" || character === "[") {
      if (open.length === maximumDepth) throw new RangeError("it nests too deep");
      open.push(character === "{" ? new Set() : null);
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const start = at;
      at = stringEnd(text, start);
      let next = at + 1;
      while (" \t\n\r".includes(text[next] ?? "-")) next++;
      if (text[next] !== ":") continue;
      const key = JSON.parse(text.slice(start, at + 1)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/**
 * Where the arguments of a call stand.
 *
 * @module
 */

/** Arguments of one call. */
export interface CallArguments {
  /** Start and end of each, without the space around it. */
  readonly parts: readonly (readonly [number, number])[];
  /** Offset of the closing parenthesis. */
  readonly end: number;
}

/**
 * The arguments of a call, or none when its parenthesis is not closed.
 *
 * @param code Code without comments and strings.
 * @param start Offset after the opening parenthesis.
 */
export function splitArguments(code: string, start: number): CallArguments | undefined {
  const parts: [number, number][] = [];
  let depth = 0;
  let from = start;
  const close = (to: number): void => {
    const part = code.slice(from, to);
    const begin = from + part.length - part.trimStart().length;
    if (part.trim() !== "") parts.push([begin, begin + part.trim().length]);
    from = to + 1;
  };
  for (let at = start; at < code.length; at++) {
    const character = code[at]!;
    if (character === ")" && depth === 0) {
      close(at);
      return { parts, end: at };
    }
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    else if (character === "," && depth === 0) close(at);
  }
  return undefined;
}

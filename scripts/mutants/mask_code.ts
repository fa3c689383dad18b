/**
 * Tells code from text, so that a mutator changes code alone.
 *
 * @module
 */

/** Stands for each character of a string or a regular expression: neither space nor operator. */
export const literalMark = "\u0001";

/** Whether a slash after this code begins a regular expression; otherwise it divides. */
function beginsRegularExpression(before: string): boolean {
  return /(?:^|[(,=:[!&|?{};+]|=>|\b(?:return|case))\s*$/.test(before);
}

/**
 * A module's text with comments blanked, and strings and regular expressions replaced by
 * {@linkcode literalMark}; as long as before, with its line ends. What stands in `${…}` stays.
 */
export function maskCode(text: string): string {
  let masked = "";
  /** Open braces in each `${…}` that the place stands in. */
  const templates: number[] = [];
  const patterns = {
    blank: /\/\*[\s\S]*?\*\/|\/\/[^\n]*/y,
    string: /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y,
    regularExpression: /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
    templateText: /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y,
  };
  const match = (pattern: RegExp, at: number): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const mark = (found: string): string => found.replace(/[^\n]/g, literalMark);
  while (masked.length < text.length) {
    const at = masked.length;
    const character = text[at]!;
    const blank = match(patterns.blank, at);
    if (blank !== undefined) {
      masked += blank.replace(/[^\n]/g, " ");
      continue;
    }
    const literal = match(patterns.string, at) ??
      (character === "/" && beginsRegularExpression(masked.slice(-40))
        ? match(patterns.regularExpression, at)
        : undefined);
    if (literal !== undefined) {
      masked += mark(literal);
      continue;
    }
    const closesTemplate = character === "}" && templates.at(-1) === 0;
    if (character === "`" || closesTemplate) {
      if (closesTemplate) templates.pop();
      const part = match(patterns.templateText, at + 1);
      if (part?.endsWith("${")) templates.push(0);
      masked += mark(character + (part ?? ""));
      continue;
    }
    if (templates.length > 0 && character === "{") templates[templates.length - 1]! += 1;
    if (templates.length > 0 && character === "}") templates[templates.length - 1]! -= 1;
    masked += character;
  }
  return masked;
}

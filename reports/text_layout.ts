/**
 * Plain-text tables in columns of equal width, for terminals.
 *
 * @module
 */

/** Count of terminal columns of a text: wide East Asian signs and emoji take two, marks none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const sign of text) {
    if (/\p{Mn}|\p{Cf}/u.test(sign)) continue;
    const code = sign.codePointAt(0)!;
    const wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xff00 && code <= 0xff60) || (code >= 0x1f300 && code <= 0x1faff) ||
      (code >= 0x20000 && code <= 0x3fffd);
    width += wide ? 2 : 1;
  }
  return width;
}

/** Text cut to a width with `…`, or padded to it. */
export function fitText(text: string, width: number, align: "left" | "right" = "left"): string {
  let fitted = text;
  if (textWidth(text) > width) {
    let start = "";
    let room = width - 1;
    for (const sign of text) {
      room -= textWidth(sign);
      if (room < 0) break;
      start += sign;
    }
    fitted = `${start.trimEnd()}…`;
  }
  const padding = " ".repeat(Math.max(0, width - textWidth(fitted)));
  return align === "left" ? fitted + padding : padding + fitted;
}

/**
 * Breaks a text into lines of at most `width` at its spaces, not at its no-break spaces; `indent`
 * precedes all lines but the first. Leading spaces stay.
 */
export function wrapText(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)![0];
  let isEmpty = true;
  for (const word of text.trim().split(/ +/)) {
    if (!isEmpty && textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** Settings of {@linkcode layColumns}. */
export interface ColumnOptions {
  /** Columns of numbers, which are set to the right. */
  readonly right: readonly number[];
  /** The column that is cut where the lines would be too long; at least 20 wide. */
  readonly flexible: number;
  /** Columns of the terminal. */
  readonly width: number;
}

/** Rows of cells as lines whose columns are as wide as they must be. */
export function layColumns(
  rows: readonly (readonly string[])[],
  options: ColumnOptions,
): string[] {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column]!)))
  );
  const others = widths.reduce((sum, width) => sum + width + 2, -2) - widths[options.flexible]!;
  widths[options.flexible] = Math.min(
    widths[options.flexible]!,
    Math.max(20, options.width - others),
  );
  return rows.map((row) =>
    row.map((cell, column) =>
      fitText(cell, widths[column]!, options.right.includes(column) ? "right" : "left")
    ).join("  ").trimEnd()
  );
}

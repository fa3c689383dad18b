/**
 * Fields of CSV files.
 *
 * @module
 */

/**
 * A field of CSV (RFC 4180), quoted where it must be; nothing for null. Text that a spreadsheet would run
 * as a formula begins with an apostrophe: names may come from anybody.
 */
export function csvField(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

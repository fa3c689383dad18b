/** Files with a checksum, changed so that the checksum is right again. */

import { formatCheckedJson, parseOwnJson } from "../../core/checked_json.ts";

/** The text with other values under some keys. */
export function checkedOf(text: string, change: Record<string, unknown>): string {
  return formatCheckedJson({ ...parseOwnJson(text, "test") as object, ...change });
}

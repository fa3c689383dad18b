/**
 * Writes the expected outputs of the report tests again. Run it after an intended change and read the
 * difference:
 *
 *     deno run --allow-all reports/testdata/make_golden.ts
 */

import { join } from "node:path";
import { renderMarkdownTable } from "../markdown_table.ts";
import { renderReport } from "../report.ts";
import { renderTextTable } from "../text_table.ts";
import { readSmallResult, readSyntheticResult, withoutPictures } from "./small_result.ts";

const outputs = {
  "table.txt": renderTextTable(readSyntheticResult()),
  "table.md.txt": renderMarkdownTable(readSmallResult()),
  "report.html.txt": withoutPictures(await renderReport([readSmallResult()])),
};
for (const [name, text] of Object.entries(outputs)) {
  await Deno.writeTextFile(join(import.meta.dirname!, "golden", name), text);
}

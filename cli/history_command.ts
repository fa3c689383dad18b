/**
 * `history list`, `show`, `chart`, `page`, `export`, `add`, `merge`: the numbers of the nights.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { basename } from "node:path";
import type { History } from "../core/history/history.ts";
import type { HistoryLine, LineFilter } from "../core/history/line.ts";
import { ConfigError } from "../core/errors.ts";
import { writeFileAtomic, writeFileInParts } from "../core/files.ts";
import { compileGlob } from "../core/recipe/glob.ts";
import { defaultHistoryFile, defaultHistoryPage } from "../core/recipe/default_folder.ts";
import { nearestNames } from "../core/registry.ts";
import { assertNoInputIsOverwritten } from "../core/own_outputs.ts";
import { userPath, userPathOr } from "../core/paths.ts";
import { printBlock, printJson, printLine, tell, terminalWidth } from "../core/output.ts";
import type { JudgedLine } from "../reports/history/history_model.ts";
import { countOf } from "../reports/format.ts";
import type { Program } from "./program.ts";
import { parseCountFrom } from "./shared_options.ts";

/** Where a command finds the history. */
const historyOption = [
  "--history <file>",
  `the history (default: ${defaultHistoryFile})`,
] as const;

const branchOption = ["--branch <name>", "only nights of this branch"] as const;
const sizeOption = ["--size <name>", "only nights of this size"] as const;
const machineOption = ["--machine <class>", "only nights of this class of machine"] as const;

/** Most lines that are shown night by night, or drawn, at once. */
const mostShown = 20;

const exportFormats = ["csv", "jsonl", "parquet"] as const;

type ExportFormat = typeof exportFormats[number];

function parseFormat(text: string): ExportFormat {
  const format = exportFormats.find((name) => name === text);
  if (format !== undefined) return format;
  throw new InvalidArgumentError(`Expected ${exportFormats.join(", ")}.`);
}

/** Options that choose nights. */
interface ChoiceFlags {
  readonly history?: string | undefined;
  readonly branch?: string | undefined;
  readonly size?: string | undefined;
  readonly machine?: string | undefined;
}

/** What the options ask for. */
function chosenTexts({ branch, size, machine }: ChoiceFlags): string[] {
  return [branch, size, machine].filter((text) => text !== undefined);
}

/** Whether some of the history is asked for, not all of it. */
function isChoice(positions: readonly string[], flags: ChoiceFlags): boolean {
  return positions.length > 0 || chosenTexts(flags).length > 0;
}

/** The history that a command line names, to be read. */
async function openToRead({ history }: ChoiceFlags): Promise<History> {
  const { openHistory } = await import("../core/history/history.ts");
  return await openHistory(userPathOr(history, defaultHistoryFile), { readOnly: true });
}

/** What a command line chooses. */
function filterOf(flags: ChoiceFlags, positions: readonly string[] = []): LineFilter {
  const { branch, size, machine } = flags;
  const globs = positions.map((glob) => compileGlob(glob));
  return {
    ...(branch === undefined ? {} : { branch }),
    ...(size === undefined ? {} : { size }),
    ...(machine === undefined ? {} : { machine }),
    ...(globs.length === 0 ? {} : { position: (name: string) => globs.some((fits) => fits(name)) }),
  };
}

/**
 * The lines that a command line chooses.
 *
 * @throws {ConfigError} where there is none, with the nearest names.
 */
async function chooseLines(
  history: History,
  positions: readonly string[],
  flags: ChoiceFlags,
): Promise<HistoryLine[]> {
  const lines = await history.lines(filterOf(flags, positions));
  if (lines.length > 0 || !isChoice(positions, flags)) return lines;
  const known = await history.positions();
  const near = positions.flatMap((name) => nearestNames(name, known)).slice(0, 5);
  throw new ConfigError(
    `The history ${history.path} has no number that fits ${
      [...positions, ...chosenTexts(flags)].map((text) => `"${text}"`).join(", ")
    }. ` +
      (near.length > 0
        ? `Did you mean ${near.map((name) => `"${name}"`).join(", ")}?`
        : "`history list` names all numbers"),
  );
}

async function judge(lines: readonly HistoryLine[]): Promise<JudgedLine[]> {
  const { judgeLines } = await import("../reports/history/history_model.ts");
  return judgeLines(lines);
}

async function list(
  positions: readonly string[],
  flags: ChoiceFlags & { readonly nights?: true | undefined; readonly json?: true | undefined },
): Promise<void> {
  using history = await openToRead(flags);
  if (flags.nights) {
    const nights = (await history.nights()).filter((night) =>
      (["branch", "size", "machine"] as const)
        .every((key) => flags[key] === undefined || flags[key] === night[key])
    );
    if (nights.length === 0 && chosenTexts(flags).length > 0) {
      throw new ConfigError(
        `The history ${history.path} has no night that fits ${
          chosenTexts(flags).map((text) => `"${text}"`).join(", ")
        }. \`history list --nights\` names all nights`,
      );
    }
    if (flags.json) return printJson(nights);
    const { renderNightList } = await import("../reports/history/history_text.ts");
    return printBlock(renderNightList(nights, terminalWidth()));
  }
  const judged = await judge(await chooseLines(history, positions, flags));
  if (flags.json) {
    return printJson(judged.map(({ line: { points, ...line }, moves }) => ({
      ...line,
      nights: points.length,
      latest: points.at(-1),
      moves,
    })));
  }
  const { renderLineList } = await import("../reports/history/history_text.ts");
  printBlock(renderLineList(judged, terminalWidth()));
}

/** The chosen lines, so many as can be looked at. */
async function linesToShow(
  positions: readonly string[],
  flags: ChoiceFlags,
): Promise<JudgedLine[]> {
  using history = await openToRead(flags);
  const lines = await chooseLines(history, positions, flags);
  if (lines.length > mostShown) {
    tell(`note: ${lines.length} numbers fit; the first ${mostShown} are shown. Name fewer`);
  }
  return await judge(lines.slice(0, mostShown));
}

async function show(
  positions: readonly string[],
  flags: ChoiceFlags & { readonly last: number; readonly json?: true | undefined },
): Promise<void> {
  if (flags.json) {
    using history = await openToRead(flags);
    return printJson(
      (await judge(await chooseLines(history, positions, flags)))
        .map(({ line, moves }) => ({ ...line, moves })),
    );
  }
  const { renderLineNights } = await import("../reports/history/history_text.ts");
  const options = { width: terminalWidth(), last: flags.last };
  const judged = await linesToShow(positions, flags);
  printBlock(judged.map((line) => renderLineNights(line, options)).join("\n"));
}

async function chart(
  positions: readonly string[],
  flags: ChoiceFlags & { readonly height: number },
): Promise<void> {
  const { renderLineChart } = await import("../reports/history/history_text.ts");
  const options = { width: Math.min(160, terminalWidth()), height: flags.height };
  const judged = await linesToShow(positions, flags);
  printBlock(judged.map((line) => renderLineChart(line, options)).join("\n"));
}

async function page(
  positions: readonly string[],
  flags: ChoiceFlags & { readonly out?: string | undefined; readonly json?: true | undefined },
): Promise<void> {
  using history = await openToRead(flags);
  // The page reads the lines itself; this refuses a choice that nothing fits.
  if (isChoice(positions, flags)) await chooseLines(history, positions, flags);
  const { renderHistoryPage } = await import("../reports/history/render_history_page.ts");
  const path = userPathOr(flags.out, defaultHistoryPage);
  await assertNoInputIsOverwritten({ inputs: [history.path], outputs: [path] });
  await writeFileAtomic(path, await renderHistoryPage(history, filterOf(flags, positions)));
  if (flags.json) printJson({ page: path }, { indent: 0 });
  else printLine(`Page: ${path}`);
}

/** Characters of one writing. */
const blockLength = 2 ** 20;

/** Lines in blocks: one writing for each would take long. */
function* inBlocks(lines: Iterable<string>): Generator<string> {
  let block = "";
  for (const line of lines) {
    block += line;
    if (block.length < blockLength) continue;
    yield block;
    block = "";
  }
  if (block !== "") yield block;
}

/** The format of an export: named, or the ending of the file's name. */
function formatOf(format: ExportFormat | undefined, out: string | undefined): ExportFormat {
  if (format !== undefined) return format;
  const ending = /\.(csv|jsonl|parquet)$/.exec(out ?? "")?.[1];
  if (ending !== undefined) return parseFormat(ending);
  throw new ConfigError(
    `Cannot tell the format of ${out === undefined ? "the export" : basename(out)}: name it by ` +
      `--format ${exportFormats.join("|")}`,
  );
}

async function exportNumbers(
  positions: readonly string[],
  flags: ChoiceFlags & {
    readonly format?: ExportFormat | undefined;
    readonly out?: string | undefined;
  },
): Promise<void> {
  const format = formatOf(flags.format, flags.out);
  if (format === "parquet" && flags.out === undefined) {
    throw new ConfigError("Parquet is not for terminals: name a file by --out");
  }
  using history = await openToRead(flags);
  if (flags.out !== undefined) {
    await assertNoInputIsOverwritten({ inputs: [history.path], outputs: [userPath(flags.out)] });
  }
  const { exportRows, formatCsv, formatJsonLines, formatParquet } = await import(
    "../core/history/export.ts"
  );
  const rows = exportRows(await chooseLines(history, positions, flags));
  if (format === "parquet") {
    await writeFileAtomic(userPath(flags.out!), await formatParquet(rows));
  } else {
    const blocks = inBlocks(format === "csv" ? formatCsv(rows) : formatJsonLines(rows));
    if (flags.out === undefined) {
      for (const block of blocks) printBlock(block);
      return;
    }
    await writeFileInParts(userPath(flags.out), async (append) => {
      for (const block of blocks) await append(new TextEncoder().encode(block));
    });
  }
  printLine(`Export: ${userPath(flags.out!)}`);
}

/** Adds the command. */
export function addHistoryCommand(program: Program): void {
  const history = program.command("history")
    .description("the numbers of the nightly benchmark over time, and when they moved");
  history.command("list")
    .description("list the numbers with their latest values and moves, or the nights")
    .argument("[positions...]", "numbers, e.g. 'table2/rn18-*/zs_*/val' (default: all)")
    .option(...historyOption)
    .option(...branchOption)
    .option(...sizeOption)
    .option(...machineOption)
    .option("--nights", "list the nights instead")
    .option("--json", "print as JSON")
    .action(list);
  history.command("show")
    .description("print numbers night by night, with change points")
    .argument("<positions...>", "numbers, as `history list` names them, or globs")
    .option(...historyOption)
    .option(...branchOption)
    .option(...sizeOption)
    .option(...machineOption)
    .option("--last <nights>", "how many nights, the latest ones", parseCountFrom(1), 30)
    .option("--json", "print all nights as JSON")
    .action(show);
  history.command("chart")
    .description("draw numbers over the nights on the terminal")
    .argument("<positions...>", "numbers, as `history list` names them, or globs")
    .option(...historyOption)
    .option(...branchOption)
    .option(...sizeOption)
    .option(...machineOption)
    .option("--height <lines>", "lines of a chart", parseCountFrom(3, 60), 10)
    .action(chart);
  history.command("page")
    .description("write the HTML page: what moved, and a chart for every number")
    .argument("[positions...]", "numbers or globs (default: all)")
    .option(...historyOption)
    .option(...branchOption)
    .option(...sizeOption)
    .option(...machineOption)
    .option("--out <file>", `the file (default: ${defaultHistoryPage})`)
    .option("--json", "print the path as JSON")
    .action(page);
  history.command("export")
    .description("write the numbers as CSV, JSON Lines or Parquet")
    .argument("[positions...]", "numbers or globs (default: all)")
    .option(...historyOption)
    .option(...branchOption)
    .option(...sizeOption)
    .option(...machineOption)
    .option("--format <name>", "csv, jsonl or parquet (default: by the file's name)", parseFormat)
    .option("--out <file>", "the file (default: standard output)")
    .action(exportNumbers);
  addChangingCommands(history as unknown as Program);
}

/** What `add` takes from the command line. */
interface AddFlags {
  readonly history?: string | undefined;
  readonly time?: string | undefined;
  readonly commit?: string | undefined;
  readonly branch?: string | undefined;
  readonly machine?: string | undefined;
  readonly anyTime?: true | undefined;
  readonly json?: true | undefined;
}

async function add(runs: readonly string[], flags: AddFlags): Promise<void> {
  const [{ openHistory }, { readNight }] = await Promise.all([
    import("../core/history/history.ts"),
    import("../pipeline/read_night.ts"),
  ]);
  const { time, commit, branch, machine } = flags;
  const nights = [];
  for (const run of runs) {
    nights.push(
      await readNight(userPath(run), {
        ...(time === undefined ? {} : { time }),
        ...(commit === undefined ? {} : { commit }),
        ...(branch === undefined ? {} : { branch }),
        ...(machine === undefined ? {} : { machine }),
      }),
    );
  }
  using history = await openHistory(userPathOr(flags.history, defaultHistoryFile));
  // A copy of a run folder has another time than the run had, and the same numbers.
  const fresh = [];
  for (const night of nights) {
    const twin = time === undefined ? await history.findTwin(night) : undefined;
    if (twin === undefined) fresh.push(night);
    else if (twin.id !== night.id) {
      tell(
        `note: ${night.table} (${night.size}) is there already, as the night of ${twin.time}; name ` +
          "its time by --time to add it again",
      );
    }
  }
  const { added } = await history.addAll(fresh, { anyTime: flags.anyTime === true });
  report(history, { added, alreadyThere: nights.length - added }, flags.json);
}

async function merge(
  files: readonly string[],
  flags: { readonly history?: string | undefined; readonly json?: true | undefined },
): Promise<void> {
  const { openHistory } = await import("../core/history/history.ts");
  using history = await openHistory(userPathOr(flags.history, defaultHistoryFile));
  const others: History[] = [];
  try {
    // All are looked at before anything is written, with every number.
    for (const file of files) {
      const other = await openHistory(userPath(file), { readOnly: true });
      others.push(other);
      await other.content();
    }
    let added = 0, alreadyThere = 0;
    for (const other of others) {
      const merged = await history.merge(other);
      added += merged.added;
      alreadyThere += merged.alreadyThere;
    }
    report(history, { added, alreadyThere }, flags.json);
  } finally {
    for (const other of others) other.close();
  }
}

function report(
  history: History,
  done: { readonly added: number; readonly alreadyThere: number },
  json: true | undefined,
): void {
  if (json) return printJson({ history: history.path, ...done }, { indent: 0 });
  printLine(
    `${history.path}: ${countOf(done.added, "night")} added, ${done.alreadyThere} already there.`,
  );
}

function parseTime(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text))) {
    return new Date(text).toISOString();
  }
  throw new InvalidArgumentError('Expected a time such as "2026-11-28T02:00:00Z".');
}

/** `add` and `merge`. */
function addChangingCommands(history: Program): void {
  history.command("add")
    .description("add finished runs as nights: of tables, and of bench")
    .argument("<runs...>", "run folders, result.json or bench.json")
    .option(...historyOption)
    .option("--time <time>", "when the night began (default: when the file was written)", parseTime)
    .option("--commit <hash>", "commit that was measured (default: as the run says)")
    .option("--branch <name>", "branch that it was on")
    .option("--machine <class>", "class of the machine (default: as the run says)")
    .option("--any-time", "also nights before the latest one of their table and branch")
    .option("--json", "print what was done as JSON")
    .action(add);
  history.command("merge")
    .description("add the nights of other histories; the same nights give the same file")
    .argument("<files...>", "histories")
    .option(...historyOption)
    .option("--json", "print what was done as JSON")
    .action(merge);
}

/**
 * `store list`, `store verify`, `store prune`: what was trained and measured and is kept.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { cacheFolder } from "../core/files.ts";
import { DataError, exitCodes } from "../core/errors.ts";
import { defaultStoreFolder } from "../core/recipe/default_folder.ts";
import type { FileReport } from "../pipeline/verify_files.ts";
import type { PrunableKind, PruneReport } from "../core/store/prune.ts";
import type { Store } from "../core/store/store.ts";
import type { StoreEntrySummary } from "../core/store/store_walk.ts";
import { countOf } from "../reports/format.ts";
import { fitText, textWidth } from "../reports/text_layout.ts";
import { userPath, userPathOr } from "../core/paths.ts";
import { taskCommand } from "../core/task_command.ts";
import { cleanText, printJson, printLine, tell, terminalWidth } from "../core/output.ts";
import type { Program } from "./program.ts";

/** Where a command finds the store. */
const storeOption = [
  "--store <folder>",
  `folder of the store (default: ${defaultStoreFolder})`,
] as const;

/** Digits of a key that people are shown. */
const shortKey = 12;

/** Days that an entry stays unused before `prune` takes it, unless the user says otherwise. */
const defaultDays = 30;

function parseDays(text: string): number {
  const days = Number(text);
  if (text.trim() !== "" && days >= 0 && Number.isFinite(days)) return days;
  throw new InvalidArgumentError("Expected a number of days from 0.");
}

const kindNames: readonly PrunableKind[] = ["model", "outcome", "work", "damaged"];

function parseKinds(text: string): PrunableKind[] {
  return text.split(",").map((name) => {
    const kind = kindNames.find((kind) => kind === name.trim());
    if (kind !== undefined) return kind;
    throw new InvalidArgumentError(`Expected ${kindNames.join(", ")}, separated by commas.`);
  });
}

function parseKeys(text: string, before: readonly string[]): string[] {
  if (/^[0-9a-f]{6,64}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError("Expected 6 to 64 hex digits, as `store list` shows them.");
}

/** Where the store lies, absolute: the user need not stand in the project's folder. */
export function storePath(name: string | undefined): string {
  return userPathOr(name, defaultStoreFolder);
}

/** @throws {DataError} where the user names a folder that is not there. */
async function openStore(name: string | undefined): Promise<Store> {
  const { Store } = await import("../core/store/store.ts");
  const path = storePath(name);
  if (name !== undefined && !(await Deno.stat(path).then(() => true, () => false))) {
    throw new DataError(`${path}: there is no such store`);
  }
  return await Store.open(path, {
    onDamaged: (message) => tell(`warning: ${message}`),
  });
}

/** Time since a moment, in its largest unit: `12 min`, `5 h`, `40 d`. */
export function formatAge(since: string, now: number = Date.now()): string {
  const minutes = Math.max(0, (now - Date.parse(since)) / 60_000);
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1440)} d`;
}

/** Lines of cells in columns; the last but two columns are text, the last two numbers. */
function printColumns(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column]!)))
  );
  const others = widths.reduce((sum, width) => sum + width + 2, -2) - widths[2]!;
  widths[2] = Math.min(widths[2]!, Math.max(20, terminalWidth() - others));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      fitText(cell, widths[column]!, column > 2 ? "right" : "left")
    );
    printLine(cells.join("  ").trimEnd());
  }
}

async function list(flags: { store?: string | undefined; json?: true | undefined }) {
  const { describeStore, formatBytes } = await import("../core/store/describe_store.ts");
  const store = await openStore(flags.store);
  const entries: StoreEntrySummary[] = await Array.fromAsync(store.list());
  if (flags.json) return printJson(entries);
  const rows = entries.map(({ kind, key, info, bytes, createdAt }) => [
    kind,
    key.slice(0, shortKey),
    typeof info.label === "string" ? cleanText(info.label) : "",
    formatBytes(bytes),
    formatAge(createdAt),
  ]);
  if (rows.length > 0) printColumns([["kind", "key", "what", "size", "age"], ...rows]);
  printLine(await describeStore(store));
}

interface VerifyFlags {
  store?: string | undefined;
  cache?: true | undefined;
  json?: true | undefined;
}

/** The folders and the cache that a command line names besides the store. */
async function verifyOthers(folders: readonly string[], cache: boolean): Promise<FileReport[]> {
  const { verifyCache, verifyFolder } = await import("../pipeline/verify_files.ts");
  const reports: FileReport[] = [];
  for (const folder of folders) reports.push(await verifyFolder(userPath(folder)));
  if (cache) reports.push(await verifyCache(cacheFolder()));
  return reports;
}

async function verify(folders: readonly string[], flags: VerifyFlags) {
  const { formatBytes } = await import("../core/store/describe_store.ts");
  const others = await verifyOthers(folders, flags.cache === true);
  // Only what is named, unless the store is.
  if (others.length > 0 && flags.store === undefined) {
    if (others.some(({ damaged }) => damaged.length > 0)) Deno.exitCode = exitCodes.data;
    if (flags.json) return printJson({ folders: others });
    return printFileReports(others);
  }
  const store = await openStore(flags.store);
  const report = await store.verify({
    onEntry: (checked) => {
      if (!flags.json && checked % 500 === 0) tell(`${checked} entries read`);
    },
  });
  if ([report, ...others].some(({ damaged }) => damaged.length > 0)) {
    Deno.exitCode = exitCodes.data;
  }
  if (flags.json) {
    return printJson(others.length === 0 ? report : { ...report, folders: others });
  }
  printFileReports(others);
  for (const { path, reason } of report.damaged) tell(`error: ${path}: ${reason}`);
  for (const { path, reason } of report.leftovers) printLine(`${path}: ${reason}`);
  const whole = `${countOf(report.entries, "entry", "entries")} whole ` +
    `(${formatBytes(report.bytes)})`;
  printLine(
    `${store.folder}: ${whole}, ${report.damaged.length} damaged, ` +
      `${countOf(report.leftovers.length, "leftover")}.`,
  );
  if (report.damaged.length > 0) {
    printLine("Damaged entries are never used: the next command that needs one makes it again.");
  }
  if (report.leftovers.length > 0) {
    printLine(`Leftovers are removed by: ${taskCommand(["store", "prune"])}`);
  }
}

function printFileReports(reports: readonly FileReport[]): void {
  for (const { folder, whole, damaged, unchecked } of reports) {
    for (const { path, reason } of damaged) {
      tell(reason.includes(path) ? `error: ${reason}` : `error: ${path}: ${reason}`);
    }
    printLine(
      `${folder}: ${countOf(whole, "file")} whole, ${damaged.length} damaged, ` +
        `${unchecked.length} without a checksum.`,
    );
  }
}

/** Keys of the store that begin with one of the given. */
async function completeKeys(store: Store, starts: readonly string[]): Promise<string[]> {
  if (starts.length === 0) return [];
  const entries = await Array.fromAsync(store.list());
  return entries.map(({ key }) => key)
    .filter((key) => starts.some((start) => key.startsWith(start)));
}

interface PruneFlags {
  store?: string | undefined;
  olderThan: number;
  kinds?: PrunableKind[] | undefined;
  keep: readonly string[];
  linked?: true | undefined;
  yes?: true | undefined;
  json?: true | undefined;
}

async function prune(flags: PruneFlags) {
  const { formatBytes } = await import("../core/store/describe_store.ts");
  const store = await openStore(flags.store);
  const report: PruneReport = await store.prune({
    olderThanDays: flags.olderThan,
    keepKeys: await completeKeys(store, flags.keep),
    includeLinked: flags.linked === true,
    dryRun: flags.yes !== true,
    ...(flags.kinds === undefined ? {} : { kinds: flags.kinds }),
  });
  if (flags.json) {
    return printJson({ dryRun: flags.yes !== true, ...report });
  }
  const { removed, kept, bytes } = report;
  const rows = removed.map((item) => [
    item.kind,
    item.key?.slice(0, shortKey) ?? "",
    cleanText(item.label ?? ""),
    formatBytes(item.bytes),
  ]);
  if (rows.length > 0) printColumns(rows);
  const reasons = [
    kept.claimed > 0 ? `${kept.claimed} in use now` : "",
    kept.linked > 0 ? `${kept.linked} linked by run folders` : "",
    kept.named > 0 ? `${kept.named} named by --keep` : "",
  ].filter((reason) => reason !== "");
  if (reasons.length > 0) printLine(`Kept: ${reasons.join(", ")}.`);
  const what = `${countOf(removed.length, "item")}, ${formatBytes(bytes)}`;
  if (flags.yes) printLine(`Removed ${what}.`);
  else if (removed.length === 0) printLine("Nothing to remove.");
  else printLine(`Would remove ${what}. Nothing was removed: add --yes to remove them.`);
}

/** Adds the command. */
export function addStoreCommand(program: Program): void {
  const store = program.command("store")
    .description("the store of trained models and measured outcomes");
  store.command("list")
    .description("list what is in the store")
    .option(...storeOption)
    .option("--json", "print as JSON")
    .action(list);
  store.command("verify")
    .description(
      "read every file of the store, or of the folders that are named, and compare checksums; exit 3 " +
        "where something is damaged",
    )
    .argument("[folders...]", "run folders, exports or benches to verify in place of the store")
    .option(...storeOption)
    .option("--cache", "verify the cache")
    .option("--json", "print the whole report as JSON")
    .action(verify);
  store.command("prune")
    .description("free space: remove what was not used for long; without --yes only say so")
    .option(...storeOption)
    .option(
      "--older-than <days>",
      "only what was not used for so many days",
      parseDays,
      defaultDays,
    )
    .option(
      "--kinds <names>",
      "model, outcome, work (of unfinished jobs), damaged (default: all but work)",
      parseKinds,
    )
    .option("--keep <key>", "an entry that stays; may be repeated", parseKeys, [] as string[])
    .option("--linked", "also entries that run folders hold links to (frees little)")
    .option("--yes", "remove")
    .option("--json", "print as JSON")
    .action(prune);
}

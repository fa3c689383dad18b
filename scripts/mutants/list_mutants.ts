/**
 * Small changes of a source file, each of which some test should notice.
 *
 * @module
 */

import { splitArguments } from "./call_arguments.ts";
import { literalMark, maskCode } from "./mask_code.ts";

/** What kind of change a mutant is. */
export type MutantKind =
  | "argument"
  | "arithmetic"
  | "await"
  | "comparison"
  | "constant"
  | "index"
  | "logic"
  | "negation"
  | "statement"
  | "swap";

/** One change of one file. */
export interface Mutant {
  /** The file, from the project's folder. */
  readonly path: string;
  /** Line, from 1. */
  readonly line: number;
  readonly kind: MutantKind;
  /** Offset of the replaced text in the file. */
  readonly start: number;
  /** The replaced text. */
  readonly before: string;
  /** What stands there instead. */
  readonly after: string;
}

/** A replacement, before it knows its file. */
type Change = Pick<Mutant, "kind" | "start" | "before" | "after">;

/** Operators as the formatter writes them, with what each turns into. */
const operators: readonly [MutantKind, Readonly<Record<string, readonly string[]>>][] = [
  ["comparison", {
    "===": ["!=="],
    "!==": ["==="],
    "<": ["<=", ">"],
    ">": [">=", "<"],
    "<=": ["<", ">="],
    ">=": [">", "<="],
  }],
  ["logic", { "&&": ["||"], "||": ["&&"] }],
  ["arithmetic", {
    "+": ["-"],
    "-": ["+"],
    "*": ["/"],
    "/": ["*"],
    "%": ["*"],
    "+=": ["-="],
    "-=": ["+="],
    "*=": ["/="],
    "/=": ["*="],
  }],
];

function changeOperators(code: string): Change[] {
  return operators.flatMap(([kind, table]) =>
    [...code.matchAll(/(?<=\s)[-+*/%<>=!&|]+(?=\s)/g)].flatMap(({ 0: before, index: start }) => {
      // Texts are joined by "+", which has no opposite; types are joined in lines of their own.
      const besideText = code[start - 2] === literalMark ||
        code.slice(start + before.length).trimStart().startsWith(literalMark);
      if (kind === "arithmetic" && besideText) return [];
      return (table[before] ?? []).map((after) => ({ kind, start, before, after }));
    })
  );
}

function changeConstants(code: string): Change[] {
  const numbers = [...code.matchAll(/(?<![\w.$])\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.])/g)]
    .flatMap(({ 0: before, index: start }) => {
      const value = Number(before.replaceAll("_", ""));
      const others = Number.isInteger(value) ? [value + 1, Math.max(value - 1, 0)] : [value * 2];
      return others.filter((other) => other !== value)
        .map((other): Change => ({ kind: "constant", start, before, after: String(other) }));
    });
  const truths = [...code.matchAll(/(?<![\w.$])(?:true|false)(?!\w)/g)]
    .map(({ 0: before, index: start }): Change => ({
      kind: "constant",
      start,
      before,
      after: String(before === "false"),
    }));
  return [...numbers, ...truths];
}

function changeIndices(code: string): Change[] {
  return [...code.matchAll(/(?<=[\w)\]]\[)[a-z]\w*(?=\])/g)].map(({ 0: before, index: start }) => ({
    kind: "index",
    start,
    before,
    after: `${before} + 1`,
  }));
}

function dropWords(code: string): Change[] {
  const drop = (kind: MutantKind, pattern: RegExp): Change[] =>
    [...code.matchAll(pattern)].map(({ 0: before, index: start }) => ({
      kind,
      start,
      before,
      after: "",
    }));
  return [
    ...drop("await", /\bawait (?!using\b)/g),
    ...drop("negation", /(?<![\w)\]}!])!(?=[\w(])/g),
    // Calls and assignments that are a line of their own; what follows a bare `if` or `else` is not.
    ...drop("statement", /(?<=[;{}]\n *)(?:await )?[\w.!]+\([^\n]*\);(?=\n)/g),
    ...drop("statement", /(?<=[;{}]\n *)[\w.!]+(?:\[[^\n=]*\]!?)? [-+*/]?= [^\n]*;(?=\n)/g),
  ];
}

function changeArguments(text: string, code: string): Change[] {
  return [...code.matchAll(/(?<!\b(?:function\*?|new) )(?<name>[\w$]+)\(/g)].flatMap((match) => {
    if (/^(?:if|for|while|switch|catch|function|constructor|return)$/.test(match.groups!.name!)) {
      return [];
    }
    const start = match.index + match[0].length;
    const found = splitArguments(code, start);
    // A declaration has its return type or its body right after its parameters.
    if (found === undefined || /^(?::|\s*(?:\{|=>))/.test(code.slice(found.end + 1))) return [];
    const texts = found.parts.map(([from, to]) => text.slice(from, to));
    if (texts.length < 2) return [];
    const [firstStart] = found.parts[0]!;
    const [, secondEnd] = found.parts[1]!;
    const [, keptEnd] = found.parts.at(-2)!;
    const [, lastEnd] = found.parts.at(-1)!;
    const changes: Change[] = [
      { kind: "argument", start: keptEnd, before: text.slice(keptEnd, lastEnd), after: "" },
    ];
    // Anything but two plain values rarely passes the compiler.
    if (/^[\w.!]+$/.test(texts[0]!) && /^[\w.!]+$/.test(texts[1]!)) {
      const before = text.slice(firstStart, secondEnd);
      changes.push({ kind: "swap", start: firstStart, before, after: `${texts[1]}, ${texts[0]}` });
    }
    return changes;
  });
}

/**
 * Every mutant of a file, in the order of its text.
 *
 * @param path The file, from the project's folder.
 * @param text Its text, as the formatter writes it.
 */
export function listMutants(path: string, text: string): Mutant[] {
  const code = maskCode(text);
  const isImport = /^(?:import|export \{|export \*|\} from)/;
  return [
    ...changeOperators(code),
    ...changeConstants(code),
    ...changeIndices(code),
    ...dropWords(code),
    ...changeArguments(text, code),
  ]
    .map((change) => ({
      ...change,
      before: text.slice(change.start, change.start + change.before.length),
      path,
      line: text.slice(0, change.start).split("\n").length,
    }))
    .filter(({ line }) => !isImport.test(text.split("\n")[line - 1]!))
    .sort((a, b) => a.start - b.start);
}

/** The text of a mutant's file with its change made. */
export function applyMutant(text: string, { start, before, after }: Mutant): string {
  return text.slice(0, start) + after + text.slice(start + before.length);
}

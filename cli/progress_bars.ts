/**
 * The part of cli-progress that is used, with types: the package has none.
 *
 * @module
 */

import cliProgress from "cli-progress";

/** One bar. */
export interface SingleBar {
  /** Sets the value, and what the format's other names stand for. */
  update(value: number, payload?: Record<string, string>): void;
  /** Sets the value at which the bar is full. */
  setTotal(total: number): void;
}

/** Options of {@linkcode MultiBar}. */
export interface MultiBarOptions {
  /** Text of a bar; `{name}` stands for a value of the payload. */
  format: string;
  /** Width of a bar in characters. */
  barsize: number;
  /** Hides the cursor while bars are drawn. */
  hideCursor: boolean;
  /** Removes the bars at the end. */
  clearOnComplete: boolean;
  /** Breaks lines that are too long; otherwise they are cut. */
  linewrap: boolean;
  /** Most frames a second. */
  fps: number;
  /** Listens to SIGINT itself. */
  gracefulExit: boolean;
  /** Pads numbers to a fixed width. */
  autopadding: boolean;
}

/** Several bars, one under the other. */
export interface MultiBar {
  /** Adds a bar. */
  create(total: number, start: number, payload: Record<string, string>): SingleBar;
  /** Takes a bar away. */
  remove(bar: SingleBar): boolean;
  /** Writes a text, which ends with a line break, above the bars. */
  log(text: string): void;
  /** Draws everything now, texts of `log` included. */
  update(): void;
  /** Ends all bars. */
  stop(): void;
}

interface CliProgress {
  readonly MultiBar: new (options: MultiBarOptions, preset: unknown) => MultiBar;
  readonly Presets: { readonly shades_grey: unknown };
}

/** Several bars on standard error. */
export const MultiBar: new (options: MultiBarOptions) => MultiBar = class {
  constructor(options: MultiBarOptions) {
    const { MultiBar: Bars, Presets } = cliProgress as unknown as CliProgress;
    return new Bars(options, Presets.shades_grey);
  }
} as unknown as new (options: MultiBarOptions) => MultiBar;

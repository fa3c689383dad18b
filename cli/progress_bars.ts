/**
 * The part of cli-progress that is used, with types: the package has none.
 *
 * @module
 */

import cliProgress from "cli-progress";
import { cleanMessage, cleanText, drawingStream, type TerminalStream } from "../core/output.ts";

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
  /** Writes a message above the bars. */
  log(text: string): void;
  /** Draws everything now, texts of `log` included. */
  update(): void;
  /** Ends all bars. */
  stop(): void;
}

interface CliProgress {
  readonly MultiBar: new (
    options: MultiBarOptions & { stream: TerminalStream },
    preset: unknown,
  ) => MultiBar;
  readonly Presets: { readonly shades_grey: unknown };
}

/** A payload of which nothing but text is drawn. */
function clean(payload: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(payload).map(([key, text]) => [key, cleanText(text)]));
}

/**
 * Several bars on standard error. Names and texts are cleaned before cli-progress draws them, and what
 * it draws goes through the same door as everything else.
 */
export function createBars(options: MultiBarOptions): MultiBar {
  const { MultiBar: Bars, Presets } = cliProgress as unknown as CliProgress;
  const bars = new Bars({ ...options, stream: drawingStream() }, Presets.shades_grey);
  const inner = new Map<SingleBar, SingleBar>();
  return {
    create(total, start, payload) {
      const drawn = bars.create(total, start, clean(payload));
      const bar: SingleBar = {
        update: (value, payload) => drawn.update(value, payload && clean(payload)),
        setTotal: (total) => drawn.setTotal(total),
      };
      inner.set(bar, drawn);
      return bar;
    },
    remove(bar) {
      const drawn = inner.get(bar);
      inner.delete(bar);
      return drawn !== undefined && bars.remove(drawn);
    },
    log: (text) => bars.log(`${cleanMessage(text)}\n`),
    update: () => bars.update(),
    stop: () => bars.stop(),
  };
}

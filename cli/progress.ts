/**
 * Shows how far a run is: a bar per running job on a terminal, plain lines elsewhere.
 *
 * @module
 */

import { countOf } from "../reports/format.ts";
import { createBars, type MultiBar, type SingleBar } from "./progress_bars.ts";
import type { PipelineEvent } from "../pipeline/messages.ts";
import type { LogMessage, ProgressMessage } from "../core/launch/messages.ts";
import { TimeLeft } from "./time_left.ts";

/** Where progress goes. */
export interface ProgressOptions {
  /** Whether to draw bars. */
  terminal: boolean;
  /** Writes one line. */
  writeLine: (line: string) => void;
  /** Milliseconds that pass; default `performance.now`. */
  now?: () => number;
}

/** Seconds as people say them: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

/** A running job. */
interface Running {
  readonly startedAt: number;
  readonly bar: SingleBar | undefined;
  phaseStartedAt: number;
  message: ProgressMessage | undefined;
  toldAt: number;
}

/** Milliseconds between two plain lines about the same job. */
const plainInterval = 15_000;

/** Share of the work from which the time that is left is told. */
const leastShare = 0.02;

/** Shows the events of a run. */
export class ProgressDisplay {
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  readonly #running = new Map<string, Running>();
  readonly #bars: MultiBar | undefined;
  #total: SingleBar | undefined;
  #timeLeft = new TimeLeft([], new Map());
  #pending: readonly string[] = [];
  readonly #ended = new Set<string>();
  readonly #warned = new Set<string>();
  #failed = 0;
  #startedAt = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    if (options.terminal) {
      this.#bars = createBars({
        format: "{name} |{bar}| {percentage}% {text}",
        barsize: 20,
        hideCursor: true,
        clearOnComplete: false,
        linewrap: false,
        fps: 5,
        gracefulExit: false,
        autopadding: true,
      });
    }
  }

  /** Takes one event. */
  handle(event: PipelineEvent): void {
    if (event.type === "planned") this.#plan(event);
    else if (event.type === "warning") this.#warn(event.message);
    else if (event.type === "started") this.#start(event.job.id);
    else if (event.type === "waiting") {
      this.#writeLine(`${event.job.id}: waits, ${event.holder} is working on it`);
    } else if (event.type === "message") {
      const { message, job } = event;
      if (message.type === "progress") this.#progress(job.id, message);
      else if (message.type === "log") this.#log(job.id, message);
    } else {
      const { outcome } = event;
      const how = outcome.status === "failed"
        ? `failed: ${outcome.error.message}`
        : outcome.status === "skipped"
        ? `not run: ${outcome.because} failed`
        : "done";
      this.#end(event.job.id, how, outcome.status !== "done");
    }
  }

  /** Warnings that were shown, as they came. */
  get warned(): ReadonlySet<string> {
    return this.#warned;
  }

  /** Of jobs and commands that meet the same trouble the first one tells it. */
  #warn(message: string, prefix = ""): void {
    if (!this.#warned.has(message)) this.#writeLine(`${prefix}warning: ${message}`);
    this.#warned.add(message);
  }

  #log(id: string, { level, message }: LogMessage): void {
    if (level === "warning") {
      this.#warn(message, `${id}: `);
    } // Of many students each has the same to say.
    else if (this.#pending.length === 1) this.#writeLine(message);
  }

  /** Ends the display; nothing is drawn after it. */
  stop(): void {
    // Texts that wait for the next frame would be lost.
    this.#bars?.update();
    this.#bars?.stop();
  }

  #writeLine(line: string): void {
    if (this.#bars === undefined) this.#options.writeLine(line);
    else this.#bars.log(line);
  }

  #plan({ units, finished, folder, work }: Extract<PipelineEvent, { type: "planned" }>): void {
    this.#startedAt = this.#now();
    // A command may run several tables, one after another.
    this.#ended.clear();
    this.#failed = 0;
    if (this.#total !== undefined) this.#bars?.remove(this.#total);
    this.#timeLeft = new TimeLeft(units, work);
    this.#pending = units.map(({ id }) => id);
    const trained = units.filter(({ trains }) => trains).length;
    const measured = units.reduce((sum, { measures }) => sum + measures.length, 0);
    const { models, outcomes } = finished;
    const before = models + outcomes > 0
      ? `; in the store already: ${countOf(models, "student")}, ${countOf(outcomes, "measurement")}`
      : "";
    this.#writeLine(
      `${countOf(trained, "student")} to train, ${
        countOf(measured, "measurement")
      } to make${before}; run folder ${folder}`,
    );
    const width = Math.max(8, ...this.#pending.map((id) => id.length));
    this.#total = this.#bars?.create(1, 0, { name: "total".padEnd(width), text: "" });
  }

  #start(id: string): void {
    const now = this.#now();
    const width = Math.max(8, ...this.#pending.map((name) => name.length));
    // The total stays the last line: bars are drawn in the order in which they were made.
    if (this.#total !== undefined) this.#bars?.remove(this.#total);
    const bar = this.#bars?.create(1, 0, { name: id.padEnd(width), text: "starting" });
    this.#total = this.#bars?.create(1, 0, { name: "total".padEnd(width), text: "" });
    this.#running.set(id, {
      startedAt: now,
      bar,
      phaseStartedAt: now,
      message: undefined,
      toldAt: now,
    });
    this.#timeLeft.start(id, now);
    if (this.#bars === undefined) this.#writeLine(`${id}: started`);
    this.#drawTotal();
  }

  #progress(id: string, message: ProgressMessage): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    const now = this.#now();
    if (running.message?.phase !== message.phase) running.phaseStartedAt = now;
    running.message = message;
    this.#timeLeft.progress(id, message);
    const text = this.#describe(running, now);
    running.bar?.setTotal(Math.max(1, message.steps));
    running.bar?.update(message.step, { text });
    if (this.#bars === undefined && now - running.toldAt >= plainInterval) {
      running.toldAt = now;
      // A command without a plan has one job, and no total beside it.
      const total = this.#pending.length === 0 ? "" : `; total ${this.#describeTotal(now)}`;
      this.#writeLine(`${id}: ${text}${total}`);
    }
    this.#drawTotal();
  }

  /** Phase, step, loss, speed, time left. */
  #describe({ message, phaseStartedAt }: Running, now: number): string {
    const { phase, step, steps, loss, imagesPerSecond } = message!;
    const parts = [`${phase} ${step}/${steps}`];
    if (loss !== undefined) parts.push(`loss ${loss.toFixed(3)}`);
    if (imagesPerSecond !== undefined) parts.push(`${Math.round(imagesPerSecond)} images/s`);
    const elapsed = (now - phaseStartedAt) / 1000;
    if (step > 0 && elapsed > 1) {
      parts.push(`${formatSeconds(elapsed * (steps - step) / step)} left`);
    }
    return parts.join(", ");
  }

  #describeTotal(now: number): string {
    const rest = this.#timeLeft.rest(now);
    const ended = this.#pending.filter((id) => this.#ended.has(id)).length;
    const parts = [`${ended}/${this.#pending.length} jobs`];
    if (this.#failed > 0) parts.push(`${this.#failed} failed`);
    const elapsed = (now - this.#startedAt) / 1000;
    parts.push(formatSeconds(elapsed));
    if (rest !== undefined && rest.share > leastShare) {
      parts.push(`about ${formatSeconds(rest.seconds)} left`);
    }
    return parts.join(", ");
  }

  #drawTotal(): void {
    const now = this.#now();
    this.#total?.update(this.#timeLeft.rest(now)?.share ?? 0, { text: this.#describeTotal(now) });
  }

  #end(id: string, how: string, failed: boolean): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    this.#ended.add(id);
    this.#timeLeft.end(id, this.#now(), !failed);
    if (failed) this.#failed++;
    if (running?.bar !== undefined) this.#bars?.remove(running.bar);
    const took = running === undefined
      ? ""
      : ` in ${formatSeconds((this.#now() - running.startedAt) / 1000)}`;
    this.#writeLine(`${id}: ${how}${took}`);
    this.#drawTotal();
  }
}

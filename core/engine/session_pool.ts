/**
 * Sessions kept within a bound of memory.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import { peakTensorBytes } from "../onnx/memory.ts";
import { Session, type SessionOptions } from "./session.ts";

/** A session that is kept. */
interface KeptSession {
  readonly session: Session;
  readonly bytes: number;
}

/** How many times smaller a session may be and still give its memory back beside a large one. */
const besideLarge = 8;

/** What a pool does. */
export interface SessionPoolOptions {
  readonly session?: SessionOptions;
  /**
   * Bytes of the tensors of all sessions together, as they are estimated from their graphs. A session
   * keeps the memory of its largest run for the next; the one that runs is kept in any case.
   */
  readonly memoryBytes: number;
  /**
   * Bytes of the tensors of a session above which it gives its memory back after each run, and takes a
   * little longer for it; beside such a one an eighth of that is enough. @default {2 ** 29}
   */
  readonly keptBytes?: number;
}

/**
 * Sessions of graphs of one kind and many shapes: built when they are first asked for; beyond the bound
 * the one that was not used for longest is released.
 */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  /** The last one was used last. */
  readonly #sessions = new Map<string, KeptSession>();
  #bytes = 0;
  /** Whether there was a session that gives its memory back. */
  #hasLarge = false;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  /** Keys of the sessions that are loaded, the one that was used last at the end. */
  get keys(): string[] {
    return [...this.#sessions.keys()];
  }

  /**
   * The session of a key. Other sessions that do not run at the moment may be released.
   *
   * @param build Makes the graph where it is not loaded.
   * @throws {EngineError} when ONNX Runtime refuses the graph.
   */
  async get(key: string, build: () => Graph): Promise<Session> {
    const known = this.#sessions.get(key);
    if (known) {
      this.#sessions.delete(key);
      this.#sessions.set(key, known);
      return known.session;
    }
    const graph = build();
    const bytes = peakTensorBytes(graph);
    for (const [other, kept] of this.#sessions) {
      if (this.#bytes + bytes <= this.#options.memoryBytes) break;
      this.#sessions.delete(other);
      this.#bytes -= kept.bytes;
      await kept.session.release();
    }
    const { session: options, keptBytes = 2 ** 29 } = this.#options;
    this.#hasLarge ||= bytes > keptBytes;
    const givesBack = bytes > (this.#hasLarge ? keptBytes / besideLarge : keptBytes);
    const session = await Session.create(graph, {
      ...options,
      ...(givesBack ? { keepsMemory: false } : {}),
    });
    this.#sessions.set(key, { session, bytes });
    this.#bytes += bytes;
    return session;
  }

  /** Frees all sessions. */
  async release(): Promise<void> {
    for (const { session } of this.#sessions.values()) await session.release();
    this.#sessions.clear();
    this.#bytes = 0;
  }
}

/**
 * The Worker of one replica, as the trainer sees it.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { ReplicaAnswer, ReplicaRequest } from "./messages.ts";

/** The Worker of a replica; one request at a time. */
export class ReplicaThread {
  readonly #worker: Worker;
  #pending: PromiseWithResolvers<ReplicaAnswer> | undefined;
  /** Why the Worker answers no more. */
  #death: EngineError | undefined;

  /** @param replica Its number, from 0. */
  constructor(replica: number) {
    this.#worker = new Worker(new URL("./replica_worker.ts", import.meta.url), {
      type: "module",
      name: `replica ${replica}`,
    });
    this.#worker.onmessage = ({ data }: MessageEvent<ReplicaAnswer>) => {
      if (data.type !== "failed") return this.#pending?.resolve(data);
      this.#pending?.reject(new EngineError(`Replica ${replica}: ${data.error.message}`));
    };
    const die = (reason: string) => {
      this.#death = new EngineError(`Replica ${replica} has died: ${reason}`);
      this.#pending?.reject(this.#death);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      die(event.message);
    };
    this.#worker.onmessageerror = () => die("its answer could not be read");
  }

  /** Sends a request. @throws {EngineError} where the Worker fails or has died. */
  ask(request: ReplicaRequest): Promise<ReplicaAnswer> {
    if (this.#death) return Promise.reject(this.#death);
    this.#pending = Promise.withResolvers<ReplicaAnswer>();
    this.#worker.postMessage(request);
    return this.#pending.promise;
  }

  /** Ends the Worker. */
  end(): void {
    this.#worker.terminate();
  }
}

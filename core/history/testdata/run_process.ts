/** Runs a script beside this one in a process of its own. */

import { fileURLToPath } from "node:url";

/** A running script. */
export interface ScriptProcess {
  /** The next line that it prints. */
  nextLine(): Promise<string>;
  /** Waits until it ends in good order. */
  end(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** Starts a script with arguments. */
export function runProcess(script: string, args: readonly string[]): Promise<ScriptProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      fileURLToPath(new URL(script, import.meta.url)),
      ...args,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let buffered = "";
  return Promise.resolve({
    async nextLine() {
      while (!buffered.includes("\n")) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`${script} ended`);
        buffered += value;
      }
      const line = buffered.slice(0, buffered.indexOf("\n"));
      buffered = buffered.slice(line.length + 1);
      return line;
    },
    async end() {
      while (!(await reader.read()).done);
      const { code } = await child.status;
      if (code !== 0) throw new Error(`${script} ended with ${code}`);
    },
    async kill() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
      await reader.cancel().catch(() => {});
    },
  });
}

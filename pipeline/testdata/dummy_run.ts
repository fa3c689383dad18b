/** Runs of the tiny table with dummy Workers as processes of their own, for tests. */

import { basename, join } from "node:path";
import { projectFolder } from "../../core/files.ts";

/** The script of the process. */
export const dummyScript = join(import.meta.dirname!, "reproduce_dummy.ts");

/** A run that was started. */
export interface Started {
  readonly process: Deno.ChildProcess;
  /** Resolves with all of standard error as soon as it holds the text; rejects where it never does. */
  waitFor(text: string): Promise<string>;
  /** Everything written, after the end. */
  end(): Promise<{ code: number; signal: Deno.Signal | null; output: string; errors: string }>;
}

/** Without what other tests of this process have just set. */
export const quietEnvironment = {
  LGD_BENCH_LAUNCHER: "",
  LGD_BENCH_TEST_CRASH: "",
  LGD_BENCH_TEST_FAIL: "",
  LGD_BENCH_TEST_FULL: "",
  LGD_BENCH_TEST_PREPARE: "",
};

/** Starts a run; the store lies beside its folder. */
export function start(
  folder: string,
  sleep: number,
  { environment = {}, store = `${basename(folder)}-store` }: {
    environment?: Record<string, string>;
    store?: string;
  } = {},
): Started {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", dummyScript, folder, join(folder, "..", store), "1"],
    cwd: projectFolder,
    env: { ...quietEnvironment, LGD_BENCH_TEST_SLEEP: String(sleep), ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let errors = "";
  const waiting: {
    text: string;
    resolve: (errors: string) => void;
    reject: (error: Error) => void;
  }[] = [];
  const reading = (async () => {
    for await (const part of process.stderr.pipeThrough(new TextDecoderStream())) {
      errors += part;
      for (const { text, resolve } of waiting) if (errors.includes(text)) resolve(errors);
    }
    for (const { text, reject } of waiting) reject(new Error(`never told "${text}":\n${errors}`));
  })();
  const output = new Response(process.stdout).text();
  return {
    process,
    waitFor: (text) =>
      new Promise((resolve, reject) => {
        waiting.push({ text, resolve, reject });
        if (errors.includes(text)) resolve(errors);
      }),
    end: async () => {
      const { code, signal } = await process.status;
      await reading;
      return { code, signal, output: await output, errors };
    },
  };
}

/** Students trained and measurements made. */
export function countsOf(output: string): number[] {
  const { trained, measured } = JSON.parse(output);
  return [trained, measured];
}

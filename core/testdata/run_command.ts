/** Runs a command as a user does: through the launcher, in a process of its own. */

import { join } from "node:path";
import { projectFolder } from "../files.ts";

/** What a command ended with. */
export interface CommandOutcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command with variables besides those of this process. */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandOutcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      "--allow-run",
      join(projectFolder, "scripts", "launch.ts"),
      ...args,
    ],
    cwd: projectFolder,
    env,
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: decode(stdout), errors: decode(stderr) };
}

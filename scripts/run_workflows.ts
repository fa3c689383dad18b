/**
 * Runs the commands of the workflows, step by step, in a clean clone: the `run` steps of a job of
 * `.github/workflows` in their order, with their environment.
 *
 *     deno run -A scripts/run_workflows.ts ci smoke
 *
 * Steps that use actions of the host (caches, artifacts, Pages) and steps whose condition or whose
 * values only the host knows are named and not run; the checkout is a clone of this project's last
 * commit.
 *
 * @module
 */

import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { projectFolder } from "../core/files.ts";

const environmentSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const stepSchema = z.object({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  env: environmentSchema.optional(),
});
const workflowSchema = z.object({
  env: environmentSchema.optional(),
  jobs: z.record(
    z.string(),
    z.object({ env: environmentSchema.optional(), steps: z.array(stepSchema) }),
  ),
});

/** What a step ended with. */
export interface StepOutcome {
  readonly name: string;
  readonly state: "done" | "failed" | "not run";
  /** Why it was not run, or its exit code. */
  readonly reason?: string;
}

/** What the host's expressions stand for here: a push to the default branch. */
const expressions: Readonly<Record<string, string>> = {
  "github.head_ref || github.ref_name": "main",
  "github.ref_name": "main",
  "inputs.accept": "",
  "inputs.fresh": "false",
  "inputs.seeds": "",
};

/** A text without the host's expressions; undefined where one has no meaning here. */
export function substitute(text: string): string | undefined {
  let unknown = false;
  const replaced = text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    const value = expressions[expression];
    if (value === undefined) unknown = true;
    return value ?? "";
  });
  return unknown ? undefined : replaced;
}

/** Why a step cannot be run here, or undefined. */
export function reasonNotToRun(step: z.infer<typeof stepSchema>): string | undefined {
  if (step.run === undefined) return `it uses ${step.uses?.split("@")[0]}, of the host`;
  if (step.if !== undefined && step.if !== "always()") {
    return `its condition is "${step.if.trim()}"`;
  }
  const texts = [step.run, ...Object.values(step.env ?? {}).map(String)];
  if (texts.some((text) => substitute(text) === undefined)) return "it needs values of the host";
  return undefined;
}

/** Runs the commands of a job in a folder, until one fails; those that always run are run then, too. */
export async function runJob(
  workflow: unknown,
  job: string,
  { folder, onEvent }: { folder: string; onEvent: (message: string) => void },
): Promise<StepOutcome[]> {
  const { env = {}, jobs } = workflowSchema.parse(workflow);
  const found = jobs[job];
  if (found === undefined) throw new Error(`There is no job "${job}", only ${Object.keys(jobs)}`);
  const outcomes: StepOutcome[] = [];
  let failed = false;
  for (const step of found.steps) {
    const name = step.name ?? step.run?.split("\n")[0] ?? step.uses!;
    const reason = failed && step.if !== "always()"
      ? "a step before it failed"
      : reasonNotToRun(step);
    if (reason !== undefined) {
      outcomes.push({ name, state: "not run", reason });
      onEvent(`not run: ${name}: ${reason}`);
      continue;
    }
    onEvent(`run: ${name}`);
    const variables = Object.entries({ ...env, ...found.env, ...step.env })
      .map(([key, value]) => [key, substitute(String(value))!]);
    const { code } = await new Deno.Command("bash", {
      // As the host starts it.
      args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", substitute(step.run!)!],
      cwd: folder,
      env: {
        ...Object.fromEntries(variables),
        GITHUB_STEP_SUMMARY: join(folder, "..", "summary"),
        GITHUB_OUTPUT: join(folder, "..", "output"),
      },
      stdin: "null",
    }).spawn().status;
    failed ||= code !== 0;
    outcomes.push({ name, state: code === 0 ? "done" : "failed", reason: `exit code ${code}` });
    onEvent(`${code === 0 ? "done" : "FAILED"}: ${name}`);
  }
  return outcomes;
}

if (import.meta.main) {
  const [name, job] = Deno.args;
  if (name === undefined || job === undefined || Deno.args.length > 2) {
    console.error("error: expected a workflow and a job, such as: ci smoke");
    Deno.exit(2);
  }
  const root = await Deno.makeTempDir();
  try {
    const folder = join(root, "clone");
    const { success } = await new Deno.Command("git", {
      args: ["clone", "--quiet", "--no-hardlinks", projectFolder, folder],
    }).output();
    if (!success) throw new Error("the project cannot be cloned");
    const path = join(folder, ".github", "workflows", `${name}.yml`);
    const outcomes = await runJob(parse(await Deno.readTextFile(path)), job, {
      folder,
      onEvent: (message) => console.error(message),
    });
    const failed = outcomes.filter(({ state }) => state === "failed").length;
    const ran = outcomes.filter(({ state }) => state === "done").length;
    console.error(
      `${ran} steps run, ${failed} failed, ${outcomes.length - ran - failed} not run here`,
    );
    if (failed > 0) Deno.exitCode = 1;
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/**
 * Figures of several rows from the cache, or made now in a Worker and kept there.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { keepInCache, readCacheFile } from "../../core/cache.ts";
import { formatCheckedJson, parseCheckedJson, parseOwnJson } from "../../core/checked_json.ts";
import { cacheFolder, writeFileAtomic } from "../../core/files.ts";
import type { Executor, JobEvent } from "../../core/launch/executor.ts";
import { errorOfJob } from "../../core/launch/job_failure.ts";
import { picturesSchema } from "../../core/results/figures_schema.ts";
import { jointFigureSchema } from "../../core/results/joint_figures_schema.ts";
import type { PluginRequest } from "../plugins.ts";
import type { StudentOverrides } from "../student_file.ts";
import type { MadeFigures } from "./make_figures.ts";
import type { FigureRequest } from "./request.ts";

/** What the Worker is told. */
export interface FiguresPayload {
  readonly request: FigureRequest;
  readonly plugins: PluginRequest;
  readonly threads: number;
  readonly overrides?: StudentOverrides | undefined;
}

const madeSchema: z.ZodType<MadeFigures> = z.object({
  pictures: picturesSchema,
  figures: z.array(jointFigureSchema),
  warnings: z.array(z.string()),
});

const workerModule = new URL("../workers/figures_worker.ts", import.meta.url).href;

function cachePath(key: string): string {
  return join(cacheFolder(), "figures", `${key}.json`);
}

/** The figures of a key; undefined where they are not there or damaged. */
async function readCached(key: string): Promise<MadeFigures | undefined> {
  const path = cachePath(key);
  const bytes = await readCacheFile(path);
  if (bytes === undefined) return undefined;
  try {
    const { isChecked, value } = parseCheckedJson(new TextDecoder().decode(bytes), path);
    const checked = madeSchema.safeParse(value);
    return isChecked && checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with a file of figures in the cache; undefined where all is well. */
export async function findFiguresFileProblem(path: string): Promise<string | undefined> {
  const { success } = madeSchema.safeParse(parseOwnJson(await Deno.readTextFile(path), path));
  return success ? undefined : "not figures that this version can show";
}

/**
 * Figures of requests: from the cache where they are there, else made in Workers and kept.
 *
 * @returns The figures together; what could not be made stands in the warnings.
 * @throws The reason of `signal` when it is aborted; with `mustSucceed`, what a Worker failed by.
 */
export async function findFigures(
  requests: readonly FigureRequest[],
  { executor, plugins, threads, overrides, onEvent, signal, mustSucceed = false }: {
    readonly executor: Executor;
    readonly plugins: PluginRequest;
    readonly threads: number;
    readonly overrides?: StudentOverrides | undefined;
    readonly onEvent?: (event: JobEvent) => void | Promise<void>;
    readonly signal?: AbortSignal | undefined;
    /** Whether figures that cannot be made are an error, and not a warning. @default {false} */
    readonly mustSucceed?: boolean;
  },
): Promise<MadeFigures> {
  const all: MadeFigures = { pictures: {}, figures: [], warnings: [] };
  for (const request of requests) {
    let made = await readCached(request.key);
    if (made === undefined) {
      const id = requests.length === 1 ? "figures" : `figures-${request.number}`;
      const payload: FiguresPayload = { request, plugins, threads, overrides };
      const outcomes = await executor.run([{ id, module: workerModule, payload }], {
        ...(onEvent === undefined ? {} : { onEvent }),
        ...(signal === undefined ? {} : { signal }),
      });
      const outcome = outcomes.get(id)!;
      if (mustSucceed && outcome.status === "failed") throw errorOfJob(outcome.error);
      const checked = madeSchema.safeParse(outcome.status === "done" ? outcome.result : undefined);
      if (checked.success) {
        made = checked.data;
        const content = formatCheckedJson({ ...made });
        await keepInCache(async () => {
          await writeFileAtomic(cachePath(request.key), content);
        });
      } else {
        const reason = outcome.status === "failed"
          ? outcome.error.message
          : `they are not what a report can show (${checked.error.issues[0]?.message})`;
        const names = request.rows.map(({ row }) => row).join(", ");
        all.warnings.push(`The figures of ${names} are missing: ${reason}`);
        continue;
      }
    }
    Object.assign(all.pictures, made.pictures);
    all.figures.push(...made.figures);
    all.warnings.push(...made.warnings);
  }
  return all;
}

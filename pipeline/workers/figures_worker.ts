/**
 * The Worker that makes figures of several rows.
 *
 * @module
 */

import { withSharedDatasets } from "../../core/data/registry.ts";
import { answerRun } from "../../core/launch/messages.ts";
import { makeFigures } from "../figures/make_figures.ts";
import type { FiguresPayload } from "../figures/stored_figures.ts";
import { loadPlugins } from "../plugins.ts";

answerRun<FiguresPayload>(({ request, plugins, threads, overrides }, port) =>
  withSharedDatasets(async () => {
    await loadPlugins(plugins);
    return await makeFigures(request, {
      threads,
      overrides,
      onProgress: (phase, step, steps) => port.progress({ phase, step, steps }),
    });
  })
);

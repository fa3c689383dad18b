/**
 * Everything that is registered: students, data sets, tables.
 *
 * @module
 */

import type { KnownNames } from "../core/run/plan.ts";

/** Loads the registries, which a finished run does not need, and returns their names. */
export async function loadKnownNames(): Promise<KnownNames> {
  const [{ students }, { datasetNames }] = await Promise.all([
    import("../students/registry.ts"),
    import("../core/data/get_dataset.ts"),
  ]);
  return { student: students.names(), dataset: datasetNames() };
}

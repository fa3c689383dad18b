/**
 * Everything that is registered: students, teachers, tasks, data sets.
 *
 * @module
 */

import type { KnownNames } from "../core/recipe/plan.ts";

/** Loads the registries, which a finished run does not need, and returns their names. */
export async function loadKnownNames(): Promise<KnownNames> {
  const [{ students }, { teachers }, { tasks }, { datasetNames }] = await Promise.all([
    import("../students/registry.ts"),
    import("../teachers/registry.ts"),
    import("../tasks/registry.ts"),
    import("../core/data/registry.ts"),
  ]);
  return {
    student: students.names(),
    teacher: teachers.names(),
    task: tasks.names(),
    dataset: datasetNames(),
  };
}

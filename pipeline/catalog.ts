/**
 * The registered methods and tasks, as recipes see them.
 *
 * @module
 */

import type { SettingsCatalog } from "../core/recipe/settings.ts";

/**
 * The settings of everything that is registered now: plug-ins must be loaded before.
 */
export async function loadCatalog(): Promise<SettingsCatalog> {
  const [{ methods }, { tasks }] = await Promise.all([
    import("../core/methods/registry.ts"),
    import("../tasks/registry.ts"),
  ]);
  return {
    methods: new Map(methods.names().map((name) => [name, methods.get(name)])),
    tasks: new Map(tasks.names().map((name) => [name, tasks.get(name)])),
  };
}

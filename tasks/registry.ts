/**
 * All tasks by name. A new one is a folder and a line here, or a plug-in.
 *
 * @module
 */

import { Registry } from "../core/registry.ts";
import { linearProbe } from "./linear_probe/linear_probe.ts";
import type { Task } from "./task.ts";
import { zeroShot } from "./zero_shot/zero_shot.ts";

/** All tasks. */
export const tasks: Registry<Task> = new Registry<Task>("task");
for (const task of [zeroShot, linearProbe]) tasks.register(task.name, task);

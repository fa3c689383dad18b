/** Methods and tasks for tests of recipes: their settings, and nothing that runs. */

import { z } from "zod";
import type { SettingsCatalog } from "../settings.ts";

const metrics = [{ key: "top1", unit: "%" }, { key: "top5", unit: "%" }];
const templates = z.enum(["imagenet-80", "emoji", "name"]).default("imagenet-80")
  .describe("Prompt templates");

/** A catalog of a few methods and tasks. */
export const testCatalog: SettingsCatalog = {
  methods: new Map([
    ["lgd", {
      settings: z.strictObject({
        alpha: z.number().min(0).max(1).default(0.5).describe("Weight of the visual loss"),
        bankMomentum: z.number().min(0).max(1).default(0.999).describe("Momentum of the bank"),
        renormalizeBank: z.boolean().default(false).describe("Unit length after an update"),
      }),
      needs: { teacher: "image+text", labels: false },
    }],
    ["seed", {
      settings: z.strictObject({
        queueSize: z.number().int().positive().default(65536).describe("Length of the queue"),
      }),
      needs: { teacher: "image", labels: false },
    }],
    ["supervised", { settings: z.strictObject({}), needs: { teacher: "none", labels: true } }],
  ]),
  tasks: new Map([
    ["zero-shot", {
      settings: z.strictObject({ templates }),
      metrics,
      needs: { model: ["embeddings", "text"] },
    }],
    ["linear-probe", {
      settings: z.looseObject({
        epochs: z.number().positive().default(100).describe("Length in epochs"),
      }),
      metrics,
      needs: { model: ["features"] },
    }],
    ["pixel-nearest-neighbour", {
      settings: z.strictObject({
        viewsPerImage: z.number().int().default(10).describe("Views of each training image"),
      }),
      metrics,
      needs: { model: [] },
    }],
  ]),
};

/**
 * `figures`: what one's own students see and confuse, beside their teacher.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileAtomic } from "../core/files.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import { userName, userPath, userPathOr } from "../core/paths.ts";
import { defaultFiguresFolder } from "../core/recipe/default_folder.ts";
import type { Program } from "./program.ts";
import { withDisplay } from "./run_display.ts";
import {
  imageSizeOption,
  parseCountFrom,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
  stemOption,
  studentOption,
  studentOverrides,
  threadsOption,
  widthMultiplierOption,
} from "./shared_options.ts";

const help = `
Draws Grad-CAM, maps of features, confusable classes and the gain by class: index.html and CSV files.
Examples:
  deno task figures runs/mine/student.safetensors
  deno task figures runs/a/student.safetensors runs/b/student.safetensors --data emojinet-100`;

/** Adds the command. */
export function addFiguresCommand(program: Program): void {
  program.command("figures")
    .description("what students see and confuse, beside their teacher")
    .argument("<models...>", "student.safetensors, or teacher:NAME")
    .option("--data <name>", "data set, or imagefolder:PATH (default: that of the training)")
    .option("--split <name>", "split (default: the first one for tests)")
    .option("--teacher <name>", "teacher whose texts are used (default: the students' own)")
    .option("--views <count>", "views of each image", parseCountFrom(1, 100), 4)
    .option("--points <count>", "points of the maps of features", parseCountFrom(10, 2000), 400)
    .addOption(studentOption)
    .addOption(imageSizeOption)
    .addOption(stemOption)
    .addOption(widthMultiplierOption)
    .addOption(threadsOption)
    .option("--out <folder>", `folder (default: ${defaultFiguresFolder})`)
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--json", "print the numbers of the figures as JSON")
    .addHelpText("after", help)
    .action(async (models, flags) => {
      const { ownFigures } = await import("../pipeline/own_figures.ts");
      const { data, split, teacher, views, points, threads } = flags;
      const made = await withDisplay((hooks) =>
        ownFigures({
          ...pluginOptions(flags),
          ...(data === undefined ? {} : { data: userName(data) }),
          ...(split === undefined ? {} : { split }),
          ...(teacher === undefined ? {} : { teacher }),
          models: models.map((model) => model.startsWith("teacher:") ? model : userPath(model)),
          overrides: studentOverrides(flags),
          views,
          points,
          threads,
          ...hooks,
        })
      );
      for (const warning of made.warnings) tell(`warning: ${warning}`);
      const [{ renderFiguresPage }, { jointFigureCsv }] = await Promise.all([
        import("../reports/joint_figures/render_figures_page.ts"),
        import("../core/results/joint_figure_csv.ts"),
      ]);
      const folder = userPathOr(flags.out, defaultFiguresFolder);
      for (const figure of made.figures.joint ?? []) {
        await writeFileAtomic(join(folder, `${figure.id}.csv`), jointFigureCsv(figure));
      }
      const path = join(folder, "index.html");
      await writeFileAtomic(path, await renderFiguresPage(made));
      if (flags.json) printJson({ page: path, figures: made.figures.joint });
      else printLine(`Figures: ${path}`);
    });
}

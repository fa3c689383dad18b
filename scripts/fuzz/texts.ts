/**
 * Parsers of texts that users write: recipes, names. They have no checksum.
 *
 * @module
 */

import { join } from "node:path";
import { readFolderNames } from "../../core/data/readers/imagefolder/class_name_file.ts";
import { packageFile } from "../../core/files.ts";
import { readYaml } from "../../core/recipe/read_yaml.ts";
import { loadRecipe } from "../../core/recipe/recipe.ts";
import { readClassNameFile } from "../../core/text/class_names.ts";
import { checkAlgorithmsFile } from "../../core/train/autotune/stored_algorithms.ts";
import { type FuzzParser, overwrite, textSeed } from "./parser.ts";

const recipe: FuzzParser = {
  name: "recipe",
  isChecked: false,
  async open(folder) {
    const path = join(folder, "recipe.yaml");
    const files = ["benchmarks/tables/table2.yaml", "examples/count_table.yaml"];
    const seeds = await Promise.all(
      files.map(async (name) => textSeed(name, await Deno.readTextFile(packageFile(name)))),
    );
    return {
      seeds,
      async parse(bytes) {
        await overwrite(path, bytes);
        return await loadRecipe(path);
      },
    };
  },
};

const yaml: FuzzParser = {
  name: "yaml",
  isChecked: false,
  open(folder) {
    const path = join(folder, "a.yaml");
    const text = "a: &a [1, 2]\nb: *a\nc: {<<: &d {e: 1}, f: *d}\ng: |\n  text\n  more\nh: 'x'\n";
    return Promise.resolve({
      seeds: [textSeed("aliases", text)],
      async parse(bytes) {
        await overwrite(path, bytes);
        return await readYaml(path, "a.yaml");
      },
    });
  },
};

const classNames: FuzzParser = {
  name: "class names",
  isChecked: false,
  open(folder) {
    const path = join(folder, "names.txt");
    const names = "# animals\ndog\ncat\nsports car\nice cream # sweet\nfire engine\n";
    return Promise.resolve({
      seeds: [textSeed("names", names)],
      async parse(bytes) {
        await overwrite(path, bytes);
        return await readClassNameFile(path);
      },
    });
  },
};

const folderNames: FuzzParser = {
  name: "folder names",
  isChecked: false,
  open(folder) {
    const path = join(folder, "class_names.txt");
    return Promise.resolve({
      seeds: [textSeed("names", "n02123045\ttabby, tabby cat\nn02099601 golden retriever\n")],
      async parse(bytes) {
        await overwrite(path, bytes);
        return await readFolderNames(folder);
      },
    });
  },
};

const algorithms: FuzzParser = {
  name: "algorithms/user",
  isChecked: false,
  open(folder) {
    const path = join(folder, "algorithms.json");
    return Promise.resolve({
      seeds: [textSeed("table", '{"convolution: x 1": "taps", "weight gradient: x": "rows"}\n')],
      async parse(bytes) {
        await overwrite(path, bytes);
        await checkAlgorithmsFile(`file:${path}`);
        return JSON.parse(await Deno.readTextFile(path));
      },
    });
  },
};

/** Parsers of texts that users write. */
export const textParsers: readonly FuzzParser[] = [
  recipe,
  yaml,
  classNames,
  folderNames,
  algorithms,
];

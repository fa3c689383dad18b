import assert from "node:assert/strict";
import { join } from "node:path";
import type { InstancesAnnotation } from "../data/annotation.ts";
import { getDataset } from "../data/registry.ts";
import {
  readExpected,
  readLvisFile,
  withCocoFolder,
  writeImages,
} from "../data/readers/coco/testdata/coco_folder.ts";
import { rasterizePolygons } from "./polygons.ts";
import type { Dataset } from "../data/dataset.ts";

/** Run lengths of every object, by annotation id. */
async function runsOf(dataset: Dataset<InstancesAnnotation>, split: string) {
  const found = new Map<number | string, number[]>();
  const { length } = await dataset.samples(split);
  for (let index = 0; index < length; index++) {
    const { masks, ids } = await dataset.annotation(split, index);
    const { width, height } = dataset.imageSize!(split, index);
    masks.forEach((mask, object) => {
      const rle = mask.kind === "rle" ? mask : rasterizePolygons(mask.polygons, height, width);
      assert.deepEqual([rle.height, rle.width], [height, width]);
      found.set(ids![object]!, [...rle.counts]);
    });
  }
  return found;
}

Deno.test("masks of coco: and lvis: are those of pycocotools and of the lvis package", async () => {
  const expected = await readExpected();
  await withCocoFolder(async (folder) => {
    const found = await runsOf(await getDataset<InstancesAnnotation>(`coco:${folder}`), "val2017");
    for (const { id, runs } of expected.coco) assert.deepEqual(found.get(id), runs, `${id}`);
    const file = await readLvisFile();
    await writeImages(
      folder,
      file.images,
      ({ coco_url }) => coco_url!.split("/").slice(-2).join("/"),
    );
    await Deno.writeTextFile(join(folder, "lvis_v1_val.json"), JSON.stringify(file));
    const lvis = await runsOf(await getDataset<InstancesAnnotation>(`lvis:${folder}`), "val");
    for (const { id, runs } of expected.lvis) assert.deepEqual(lvis.get(id), runs, `${id}`);
  });
});

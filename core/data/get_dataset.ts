/**
 * Finding a dataset by its name.
 *
 * @module
 */

import "./readers/emoji/emoji_dataset.ts";
import "./readers/imagefolder/image_folder_dataset.ts";
import { ConfigError } from "../errors.ts";
import {
  type Dataset,
  datasetFamilies,
  datasetRegistry,
  unknownDatasetMessage,
} from "./dataset.ts";

/**
 * Opens a dataset.
 *
 * @param name An embedded dataset (`"emojinet-100"`) or `"imagefolder:PATH"`.
 * @throws {ConfigError} with the nearest names where there is no such dataset.
 */
export async function getDataset(name: string): Promise<Dataset> {
  const colon = name.indexOf(":");
  if (colon >= 0) {
    const family = datasetFamilies.get(name.slice(0, colon));
    if (family !== undefined) return await family(name.slice(colon + 1));
  }
  if (!datasetRegistry.names().includes(name)) throw new ConfigError(unknownDatasetMessage(name));
  return await datasetRegistry.get(name)();
}

/** Names of the embedded datasets. */
export function datasetNames(): string[] {
  return datasetRegistry.names();
}

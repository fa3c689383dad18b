/**
 * Which parameters of a detector are trained.
 *
 * @module
 */

import { Graph, type Value } from "../../../core/onnx/graph.ts";
import { reachable } from "../../../core/onnx/passes/dead_code.ts";
import { ModuleContext } from "../../../core/nn/module_context.ts";
import type { ParameterGroups } from "../../../core/train/parameter_groups.ts";
import { backbonePrefix, type DetectorSpec } from "./spec.ts";
import { detectorTrunk } from "./trunk.ts";

/** Side of the images that the trunk is looked at with: a multiple of every stride. */
const tracedSide = 128;

/** What the backbone's parameters are. */
interface BackboneRoles {
  /** γ and β of BatchNorm. */
  readonly affine: ReadonlySet<string>;
  /** Of layers after the last level: nothing reads them. */
  readonly unread: ReadonlySet<string>;
}

function backboneRoles(spec: DetectorSpec): BackboneRoles {
  const graph = new Graph("roles of parameters");
  const values = new Map<string, Value>();
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "train",
    bind(_, { name, shape }) {
      const value = graph.input(name, "float32", shape);
      values.set(name, value);
      return value;
    },
  });
  const trunk = detectorTrunk(context, {
    images: graph.input("images", "uint8", [2, 3, tracedSide, tracedSide]),
    sizes: graph.input("sizes", "float32", [2, 2]),
  }, spec);
  [...trunk.levels, trunk.objectness, trunk.deltas].forEach((value, index) =>
    graph.output(`output ${index}`, value)
  );
  const read = reachable(graph).values;
  const { parameters, buffers } = context.spec;
  const affine = new Set(buffers.flatMap(({ name }) => {
    const layer = name.match(/^(.*)\.running_mean$/)?.[1];
    return layer === undefined ? [] : [`${layer}.weight`, `${layer}.bias`];
  }));
  const unread = new Set(
    parameters.map(({ name }) => name).filter((name) => !read.has(values.get(name)!)),
  );
  return { affine, unread };
}

/**
 * Groups of a detector's parameters: those that are frozen by the detector get no gradient, the others
 * are as `groups` says.
 */
export function detectorGroups(
  spec: DetectorSpec,
  groups: ParameterGroups = () => ({}),
): ParameterGroups {
  const { affine, unread } = backboneRoles(spec);
  return (name, shape) => {
    const group = groups(name, shape);
    const frozen = unread.has(name) ||
      !spec.batchNorm.trainAffine && affine.has(name) ||
      name.startsWith(backbonePrefix) &&
        (spec.frozen?.(name.slice(backbonePrefix.length)) ?? false);
    return frozen ? { ...group, frozen } : group;
  };
}

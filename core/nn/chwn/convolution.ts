/**
 * Convolution in the layout `chwn`, [1, C, H, W, B], by the algorithm that runs fastest.
 *
 * @module
 */

import { GraphError } from "../../errors.ts";
import { algorithmKey } from "../../onnx/algorithm.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { blocksPay, fitsBlocks } from "../../onnx/kernels/blocked_channels.ts";
import { cheaperSide, tilesOfMap, winogradPays } from "../../onnx/kernels/winograd.ts";
import type { ConvolutionWindow } from "../window.ts";
import { type FeatureMap, inPhases, shapeOfMap, wholeMap } from "./column_phases.ts";
import {
  columnPhases,
  dilatedWinograd,
  joinedColumns,
  volume,
  winograd,
} from "./convolution_algorithms.ts";
import { fitsDilatedPhases, phasesShape } from "./dilated_phases.ts";
import { denseConvolution, fitsDenseConvolution } from "./dense_convolution.ts";

/** Channels from which Winograd's algorithm pays on maps that fit into the caches. */
const fewestChannels = 40;

/** Tiles of a batch from which a dilated convolution by its sub-maps pays. */
const fewestTiles = 64;

/** Pixels of a batch from which the blocked layout makes up for parting the columns. */
const manyPixels = 2 ** 15;

/** Whether Winograd's algorithm usually pays over the sub-maps of a dilated convolution. */
function dilatedWinogradPays(
  shape: readonly number[],
  weight: Value,
  window: ConvolutionWindow,
): boolean {
  const { kernel, groups, dilation = 1 } = window;
  if (kernel !== 3 || groups !== 1 || !fitsDilatedPhases(window)) return false;
  const [, , height, width, batch] = phasesShape(shape, dilation) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const size = { height, width, batch, side: cheaperSide({ height, width }) };
  // The filter's transforms cost as much for a few tiles as for many.
  return tilesOfMap(size) >= fewestTiles && winogradPays(weight.shape, size, fewestChannels);
}

/** The algorithms that fit, the one that is usually fastest first. */
function fittingAlgorithms(
  graph: Graph,
  shape: readonly number[],
  weight: Value,
  window: ConvolutionWindow,
): [string, ...string[]] {
  const { kernel, stride, padding, groups, dilation = 1 } = window;
  if (fitsDenseConvolution(shape, window)) return ["dense", "joined columns", "volume"];
  const blocks = fitsBlocks(graph, weight.shape, groups);
  const pays = blocksPay((kernel / stride) ** 2, groups);
  const withBlocks = (algorithms: string[], blocked: string) =>
    !blocks ? algorithms : pays ? [blocked, ...algorithms] : [...algorithms, blocked];
  if (stride === 1 && dilation > 1) {
    const plain = withBlocks(["joined columns"], "blocked columns").concat("volume");
    return (dilatedWinogradPays(shape, weight, window)
      ? ["dilated winograd", ...plain]
      : plain) as [string, ...string[]];
  }
  if (stride === 1) {
    const plain = withBlocks(["joined columns"], "blocked columns").concat("volume");
    const fits = kernel === 3 && padding === 1 && groups === 1 &&
      Math.min(shape[2]!, shape[3]!) >= kernel;
    const [, , height, width, batch] = shape as [number, number, number, number, number];
    const fewer = fits && winogradPays(weight.shape, { height, width, batch }, fewestChannels);
    const algorithms = fewer ? ["winograd", ...plain] : [...plain, ...(fits ? ["winograd"] : [])];
    return algorithms as [string, ...string[]];
  }
  if (shape[3]! % stride !== 0 || dilation > 1) return ["volume"];
  const phases = withBlocks(["column phases"], "blocked column phases");
  // One channel a group leaves no product worth its name, so the general path's overhead shows.
  const depthwise = groups > 1 && groups === shape[1];
  const pixels = shape[2]! * shape[3]! * shape[4]!;
  const algorithms = depthwise || blocks && pays && pixels >= manyPixels
    ? [...phases, "volume"]
    : ["volume", ...phases];
  return algorithms as [string, ...string[]];
}

function chooseAlgorithm(
  graph: Graph,
  map: FeatureMap,
  weight: Value,
  window: ConvolutionWindow,
): string {
  const shape = shapeOfMap(map);
  return graph.algorithm({
    key: algorithmKey("convolution", { x: shape, weight: weight.shape }, { ...window }),
    candidates: fittingAlgorithms(graph, shape, weight, window),
    probe: {
      inputs: [shape, weight.shape],
      build: (graph, [x, weight]) => chwnConvolution(graph, x!, weight!, window),
      differentiate: true,
    },
  });
}

/** Whether the algorithm of a convolution adds a bias on the way. */
export function takesBias(
  graph: Graph,
  map: FeatureMap,
  weight: Value,
  window: ConvolutionWindow,
): boolean {
  return !["dense", "winograd", "dilated winograd"].includes(
    chooseAlgorithm(graph, map, weight, window),
  );
}

/**
 * A convolution.
 *
 * @param map [1, C, H, W, B], whole or by the phases of its columns.
 * @param weight [outChannels, C / groups, kernel, kernel].
 * @param bias [outChannels], where the algorithm {@linkcode takesBias}.
 * @returns [1, outChannels, H', W', B].
 */
export function chwnConvolution(
  graph: Graph,
  map: FeatureMap,
  weight: Value,
  window: ConvolutionWindow,
  bias?: Value,
): Value {
  const { padding, groups, stride, dilation = 1 } = window;
  const algorithm = chooseAlgorithm(graph, map, weight, window);
  if (algorithm === "column phases" || algorithm === "blocked column phases") {
    const fits = !inPhases(map) || map.phases.length === stride;
    const whole = fits ? map : wholeMap(graph, map);
    return columnPhases(graph, whole, weight, bias, window, algorithm === "blocked column phases");
  }
  const x = wholeMap(graph, map);
  switch (algorithm) {
    case "joined columns":
    case "blocked columns":
      return joinedColumns(graph, x, weight, {
        bias,
        rowStride: 1,
        rowPads: [padding, padding],
        columnPads: [padding, padding],
        dilation,
        groups,
        blocked: algorithm === "blocked columns",
      });
    case "volume":
      return volume(graph, x, weight, bias, window);
  }
  if (bias) throw new GraphError(`Cannot add a bias to a convolution by "${algorithm}"`);
  if (algorithm === "dense") return denseConvolution(graph, x, weight);
  return algorithm === "winograd"
    ? winograd(graph, x, weight)
    : dilatedWinograd(graph, x, weight, window);
}

/**
 * Strides that become dilations, so that the last maps of a student keep more pixels.
 *
 * Chen et al., "DeepLab: Semantic Image Segmentation with Deep Convolutional Nets, Atrous Convolution,
 * and Fully Connected CRFs", 2017. A stride that is left out makes all later kernels reach as far as
 * before by a dilation: the weights of a student trained with strides go on to fit.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import type { FeatureOptions } from "../core/methods/backbone.ts";

/** Stride and dilation of a block's convolutions. */
export interface DilatedStride {
  readonly stride: number;
  /** Of the kernels larger than 1×1. */
  readonly dilation: number;
}

/** Walks through the blocks of a student and says which strides stay. */
export class DilatedStrides {
  readonly #outputStride: number;
  readonly #firstDilation: "previous" | "own";
  #total: number;
  #dilation = 1;

  /**
   * @param stem Stride of the layers before the first block.
   * @throws {ConfigError} for an output stride that is not a whole number from 1.
   */
  constructor(
    { outputStride = Infinity, firstDilation = "previous" }: FeatureOptions,
    stem: number,
  ) {
    if (outputStride !== Infinity && !(Number.isSafeInteger(outputStride) && outputStride > 0)) {
      throw new ConfigError(
        `Cannot build a student with output stride ${outputStride}: expected a whole number from 1, ` +
          "8 or 16 as a rule",
      );
    }
    this.#outputStride = outputStride;
    this.#firstDilation = firstDilation;
    this.#total = stem;
  }

  /** @param stride Of the next block, as the student has it without dilation. */
  next(stride: number): DilatedStride {
    if (this.#total * stride <= this.#outputStride) {
      this.#total *= stride;
      return { stride, dilation: this.#dilation };
    }
    const previous = this.#dilation;
    this.#dilation *= stride;
    const dilation = this.#firstDilation === "own" ? this.#dilation : previous;
    return { stride: 1, dilation };
  }
}

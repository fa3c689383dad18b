/**
 * Initial values of parameters, by PyTorch's formulas.
 *
 * @module
 */

import type { Initializer } from "./module_context.ts";

/** All elements the same. */
export function constantInitializer(value: number): Initializer {
  return (_, output) => {
    output.fill(value);
  };
}

/** Normal with the given standard deviation. */
export function normalInitializer(std: number): Initializer {
  return (random, output) => {
    for (let index = 0; index < output.length; index++) output[index] = std * random.normal();
  };
}

/** Uniform in [−bound, bound). */
function uniformInitializer(bound: number): Initializer {
  return (random, output) => {
    for (let index = 0; index < output.length; index++) {
      output[index] = random.uniform(-bound, bound);
    }
  };
}

/**
 * `kaiming_normal_(mode="fan_out", nonlinearity="relu")`: std √(2 / (outChannels · k²)),
 * which torchvision gives every convolution of its ResNets and MobileNets.
 */
export function kaimingFanOut(weightShape: readonly number[]): Initializer {
  const [outChannels, , ...kernel] = weightShape;
  const fanOut = kernel.reduce((product, length) => product * length, outChannels!);
  return normalInitializer(Math.sqrt(2 / fanOut));
}

/** PyTorch's default of a linear layer, for weight and bias: uniform within ±1/√(fan in). */
export function linearDefault(fanIn: number): Initializer {
  return uniformInitializer(1 / Math.sqrt(fanIn));
}

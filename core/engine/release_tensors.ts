/**
 * Tensors whose memory is given back at once.
 *
 * @module
 */

import type { HostTensor } from "./session.ts";

/**
 * Gives the memory of tensors back to the system without waiting for the garbage collector, which does not
 * see how large they are: a step of a gigabyte would otherwise lie beside the next one. The tensors must
 * not be read any more, nor anything that shares their memory.
 */
export function releaseTensors(tensors: Iterable<HostTensor>): void {
  for (const { data } of tensors) {
    const { buffer } = data;
    if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
  }
}

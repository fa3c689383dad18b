/**
 * The part of the report about what trainings cost.
 *
 * @module
 */

import type { VNode } from "preact";
import type { ResultFile } from "../core/results/result.ts";
import { formatDuration } from "./format.ts";

/** A table of what each method costs; null where the result does not ask for it. */
export function CostTable(props: { result: ResultFile }): VNode | null {
  const { costs } = props.result;
  if (costs === undefined) return null;
  const count = (value: number) => Math.round(value).toLocaleString("en-US");
  return (
    <div class="card scroll fit" tabindex={0} role="region" aria-label="Table of costs">
      <table class="narrow">
        <caption>
          Seconds are those of the training itself, whenever and on whichever machine it was done,
          and depend on what else ran there. Fixed views are embedded by the teacher once each and
          kept, so trainings on the same views share them.
        </caption>
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col" class="number">steps</th>
            <th scope="col" class="number">images, student</th>
            <th scope="col" class="number">images, teacher</th>
            <th scope="col" class="number">training</th>
          </tr>
        </thead>
        <tbody>
          {costs.rows.map(({ label, steps, studentImages, teacherImages, seconds }) => (
            <tr>
              <th scope="row">{label}</th>
              <td class="number">{count(steps)}</td>
              <td class="number">{count(studentImages)}</td>
              <td class="number">{count(teacherImages)}</td>
              <td class="number">{formatDuration(seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

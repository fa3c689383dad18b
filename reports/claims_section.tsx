/**
 * The claims of papers and what was found of them, at the top of the report.
 *
 * @module
 */

import type { VNode } from "preact";
import type { ResultFile } from "../core/results/result.ts";
import { describeClaims, verdictWords } from "./claim_words.ts";

/** Each claim with its differences and its verdict; null where the result judges none. */
export function Claims(props: { result: ResultFile }): VNode | null {
  const words = describeClaims(props.result);
  if (words === undefined) return null;
  return (
    <>
      <p class="claims-summary">{words.summary}</p>
      <div class="card scroll fit" tabindex={0} role="region" aria-label="Claims">
        <table class="narrow">
          <caption>{words.note}</caption>
          <thead>
            <tr>
              <th scope="col">Claim, and its differences</th>
              <th scope="col" class="number">paper</th>
              <th scope="col" class="number">measured</th>
              <th scope="col" class="number">95 % interval</th>
              <th scope="col">verdict</th>
              <th scope="col" class="number">seeds</th>
            </tr>
          </thead>
          {words.claims.map(({ claim, verdict, parts }) => (
            <tbody>
              <tr class="block">
                <th scope="rowgroup" colspan={4}>{claim}</th>
                <th colspan={2} class={`verdict ${verdict}`}>{verdictWords[verdict]}</th>
              </tr>
              {parts.map((part) => (
                <tr>
                  <th scope="row">{part.name}</th>
                  <td class="number paper">{part.paper}</td>
                  <td class="number">{part.measured}</td>
                  <td class="number">{part.interval}</td>
                  <td class={`verdict ${part.verdict}`}>{part.found}</td>
                  <td class="number">{part.seeds}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </>
  );
}

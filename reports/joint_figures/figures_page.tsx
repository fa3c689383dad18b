// deno-lint-ignore-file jsx-key -- rendered once to text: keys would never be read

/**
 * The page of the figures of own students.
 *
 * @module
 */

import type { VNode } from "preact";
import type { ModelFigures } from "../../core/results/figures.ts";
import { cleanText } from "../format.ts";
import { PageHead } from "../page_head.tsx";
import { styles } from "../styles.ts";
import { JointFigures } from "./section.tsx";

/** The whole page, from `<html>`. */
export function FiguresPage({ input }: { input: ModelFigures }): VNode {
  const { figures, models, data, split, credits, warnings } = input;
  const title = cleanText(`${models.join(", ")} on ${data}`);
  return (
    <html lang="en">
      <PageHead title={title} styles={styles} />
      <body>
        <main>
          <h1>{title}</h1>
          <p class="facts">{cleanText(`${data}, ${split}`)}</p>
          {warnings.length === 0 ? null : (
            <div class="notice" role="note">
              {warnings.map((warning) => <p>{cleanText(warning)}</p>)}
            </div>
          )}
          <JointFigures figures={figures} id="figures" heading="h2" nameOf={cleanText} />
          {credits.length === 0 ? null : (
            <section>
              <h2>Credits and licences</h2>
              <ul>{credits.map((credit) => <li>{credit}</li>)}</ul>
            </section>
          )}
        </main>
      </body>
    </html>
  );
}

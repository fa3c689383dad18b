/**
 * What the history page adds to the report's style sheet.
 *
 * @module
 */

import { boxHeight } from "./chart_paths.ts";

/** CSS of the charts of lines. */
export const historyStyles = `
.charts.lines { grid-template-columns: repeat(auto-fill, minmax(min(430px, 100%), 1fr)); }
figure.line { padding: 10px 14px 6px; overflow: visible; min-width: 0; }
.line figcaption { display: flex; flex-wrap: wrap; gap: 0 10px; align-items: baseline; }
.line figcaption b { font-variant-numeric: tabular-nums; }
.line figcaption small { color: var(--muted); font-weight: 400; }
.plot { position: relative; height: ${boxHeight / 2}px; margin: 16px 8px 44px 52px;
  border-left: 1px solid var(--muted); border-bottom: 1px solid var(--muted); }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.plot path { fill: none; vector-effect: non-scaling-stroke; }
.plot .grid { stroke: var(--line); }
.plot path.interval { fill: var(--accent); opacity: 0.14; }
.plot path.range { fill: var(--accent); opacity: 0.4; }
.plot .mean { stroke: var(--accent); stroke-width: 1.6px; stroke-linejoin: round; stroke-linecap: round; }
.plot .level { stroke: var(--text); stroke-width: 1.4px; stroke-dasharray: 5 3; }
.plot .place { fill: var(--warn-line); opacity: 0.3; }
.plot .move { stroke: var(--text); stroke-width: 1.4px; }
.plot .move.worse { stroke: var(--bad); }
.plot .move.better { stroke: var(--good); }
.plot .break { stroke: var(--muted); stroke-dasharray: 1 4; stroke-width: 2px; }
.plot span { position: absolute; font-size: 0.72rem; line-height: 1.25; color: var(--muted);
  white-space: nowrap; }
.plot .y { right: 100%; padding-right: 6px; transform: translateY(-50%);
  font-variant-numeric: tabular-nums; }
.plot .x { top: 100%; padding-top: 5px; transform: translateX(-50%); text-align: center;
  font-variant-numeric: tabular-nums; }
.plot .x.start { transform: none; text-align: left; }
.plot .x.end { transform: translateX(-100%); text-align: right; }
.plot .sign { bottom: 100%; transform: translateX(-50%); font-size: 0.8rem; color: var(--text); }
.plot .dot { width: 7px; height: 7px; border-radius: 50%; background: var(--accent);
  transform: translate(-50%, -50%); }
.worse, .plot .sign.worse { color: var(--bad); }
.better, .plot .sign.better { color: var(--good); }
.line details { margin: 0; }
.line summary { padding: 6px 0; font-weight: 400; font-size: 0.86rem; color: var(--muted); }
.line details > .scroll { border-top: 0; }
.found { font-size: 0.84rem; margin: 2px 0 8px; padding-left: 1.2em; }
table.moves { min-width: 760px; }
table.moves th small { font-weight: 400; color: var(--muted); }
table.moves td { white-space: nowrap; }
nav ul.sections { columns: 2 300px; padding-left: 1.2em; max-width: none; }
@media (max-width: 640px) {
  .plot .x:not(.start, .end) { display: none; }
  figure.line { padding: 10px 10px 6px; }
}
@media print {
  .charts.lines { display: grid; grid-template-columns: repeat(2, 1fr); }
  figure.line { width: auto; }
  .line details { display: none; }
}
`;

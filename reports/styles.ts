/**
 * The style sheet of the report: light, dark, print and narrow screens.
 *
 * @module
 */

import { jointFigureStyles } from "./joint_figures/styles.ts";

/** CSS of the report; it refers to nothing outside the page. */
export const styles = `
:root {
  color-scheme: light dark;
  --page: #f4f6f8; --card: #ffffff; --text: #1b2430; --muted: #55616e; --line: #d9dfe6;
  --soft: #eef2f6; --accent: #1a5f9e; --good: #15693f; --bad: #a8271d; --warn: #fff4dc;
  --warn-line: #d9a435; --mark: #e8f1fa;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #12171d; --card: #1a2129; --text: #e7ecf2; --muted: #a7b3bf; --line: #35404b;
    --soft: #232c36; --accent: #7cbcf2; --good: #6fd3a0; --bad: #ff9a8f; --warn: #33290f;
    --warn-line: #a77c1f; --mark: #1e3247;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1400px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 8px; }
h2 { font-size: 1.25rem; margin: 44px 0 12px; }
h3 { font-size: 1.02rem; margin: 26px 0 8px; }
p, ul, ol { max-width: 78ch; }
p { margin: 8px 0; }
a { color: var(--accent); }
code { font: 0.9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px;
  overflow-x: auto; }
.facts { color: var(--muted); margin: 4px 0 14px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.notice { border-left: 4px solid var(--warn-line); background: var(--warn); padding: 10px 16px;
  border-radius: 6px; margin: 14px 0; max-width: none; }
.notice p { margin: 2px 0; max-width: none; }
.notice details { margin: 2px 0; }
.notice summary { padding: 0; font-weight: 400; }
.tiles { display: flex; flex-wrap: wrap; gap: 14px; margin: 18px 0 4px; padding: 0; list-style: none;
  max-width: none; }
.tiles li { padding: 12px 18px; flex: 0 1 330px; }
.tiles strong { display: block; font-size: 1.7rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tiles small { color: var(--muted); display: block; font-size: 0.84rem; line-height: 1.45; }
.scroll { overflow-x: auto; -webkit-overflow-scrolling: touch; }
.scroll:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { border-collapse: separate; border-spacing: 0; font-size: 0.82rem; line-height: 1.3; width: 100%; }
caption { text-align: left; padding: 12px 14px 10px; color: var(--muted); font-size: 0.86rem; }
caption b { color: var(--text); }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
tbody + tbody tr:first-child > * { border-top: 1px solid var(--line); }
thead th { background: var(--soft); vertical-align: bottom; }
thead tr:first-child th { border-top: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.number small { display: block; color: var(--muted); font-size: 0.74rem; font-weight: 400; }
.center { text-align: center; }
.first { border-left: 1px solid var(--line); }
.paper { color: var(--muted); }
td.best { background: var(--mark); }
.best { font-weight: 700; }
.significant { font-weight: 700; }
.state { color: var(--muted); text-align: center; white-space: nowrap; font-style: italic; }
.state.failed { color: var(--bad); font-weight: 600; font-style: normal; }
.block th { background: var(--soft); padding-top: 5px; padding-bottom: 5px; }
.block span, .stick { position: sticky; left: 7px; }
.speed th.title { min-width: 11em; }
.results th.stick { left: 0; background: var(--card); z-index: 1; }
.results thead th.stick { background: var(--soft); z-index: 2; }
caption span { display: inline-block; position: sticky; left: 14px; max-width: min(110ch, 100vw - 60px); }
.fit { width: fit-content; max-width: 100%; margin-bottom: 16px; }
.results { font-size: 0.79rem; }
.results th, .results td { padding: 5px; }
.results tr > :first-child { padding-left: 12px; }
.results td.from { max-width: 9.5em; min-width: 8em; font-size: 0.74rem; }
.where { display: none; color: var(--muted); font-size: 0.7rem; font-weight: 400; }
.quoted-row { color: var(--muted); }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 999px; padding: 0 7px;
  font-size: 0.72rem; font-weight: 400; color: var(--muted); white-space: nowrap; }
sup { line-height: 0; }
.notes { font-size: 0.84rem; color: var(--muted); padding: 4px 14px 10px 32px; margin: 0; max-width: none; }
.verdict.holds { color: var(--good); }
.verdict.does-not-hold { color: var(--bad); font-weight: 600; }
.claims-summary { font-weight: 600; }
.finding { margin-bottom: 0; }
.legend { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 14px 0;
  font-size: 0.9rem; max-width: 110ch; }
.legend dt { font-weight: 600; }
.legend dd { margin: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(520px, 100%), 1fr)); gap: 16px; }
figure { margin: 0; padding: 12px 14px 8px; }
figcaption { font-weight: 600; font-size: 0.92rem; margin-bottom: 6px; }
figure img { display: block; width: 100%; height: auto; max-width: 640px; }
.pictures { position: absolute; }
.figures { margin: 18px 0 28px; }
.scenes { display: grid; gap: 14px; margin-bottom: 16px;
  grid-template-columns: repeat(auto-fill, minmax(min(440px, 100%), 1fr)); }
.scene { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 10px; }
.scene small { display: block; color: var(--muted); font-size: 0.74rem; line-height: 1.35; }
.scene svg { display: block; width: 100%; height: auto; margin: 4px 0; border-radius: 4px; }
.scene .box { fill: none; stroke-width: 1.5px; vector-effect: non-scaling-stroke; }
.scene .region { fill-opacity: 0.4; stroke-width: 1px; vector-effect: non-scaling-stroke; }
.scene .name { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.names span { display: inline-block; margin-right: 8px; }
.names i { display: inline-block; width: 8px; height: 8px; border-radius: 2px; margin-right: 3px; }
.maps { display: grid; gap: 14px; margin-bottom: 16px; }
.map .panels { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(min(150px, 42%), 1fr)); }
.map small { display: block; color: var(--muted); font-size: 0.74rem; line-height: 1.35; }
.map small.name { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.map svg { display: block; width: 100%; height: auto; margin: 4px 0; border-radius: 4px; }
.map .names i { outline: 1px solid var(--line); }
.matrices { display: grid; gap: 16px; margin-bottom: 16px;
  grid-template-columns: repeat(auto-fit, minmax(min(520px, 100%), 1fr)); }
.matrix svg { display: block; width: 100%; height: auto; max-width: 720px; }
.matrix text { fill: var(--text); font-size: 10px; }
.matrix .cell { fill: var(--accent); }
.matrix .frame { fill: none; stroke: var(--line); }
${jointFigureStyles}details { margin: 12px 0; padding: 0; }
summary { cursor: pointer; padding: 10px 14px; font-weight: 600; border-radius: 10px; }
details > .scroll { border-top: 1px solid var(--line); }
.narrow { width: auto; min-width: 50%; }
.path { overflow-wrap: anywhere; }
@media (max-width: 640px) {
  main { padding: 20px 12px 40px; }
  h1 { font-size: 1.35rem; }
  .legend { grid-template-columns: 1fr; gap: 0; }
  .legend dd { margin-bottom: 8px; }
  .results th.stick { max-width: 10em; box-shadow: 1px 0 0 var(--line); }
  .results .from, .results .told { display: none; }
  .where { display: block; }
  figure { padding: 10px 8px 6px; overflow-x: auto; }
  figure img { min-width: 460px; }
}
@media print {
  @page { size: A4 landscape; margin: 10mm; }
  body { background: #ffffff; font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .card { border-color: #bbbbbb; break-inside: avoid; }
  .scroll { overflow: visible; }
  table, .results { font-size: 6.6pt; }
  .number small, .results td.from, .tag { font-size: 5.6pt; }
  .charts { display: block; }
  .scenes { grid-template-columns: repeat(2, 1fr); }
  figure.scene { display: grid; width: auto; }
  figure { display: inline-block; width: 49%; }
  th, td, .results th, .results td { padding: 2px 3px; }
  tr, figure { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .results th.stick { position: static; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

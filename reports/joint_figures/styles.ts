/**
 * The style sheet of the figures of several rows.
 *
 * @module
 */

/** CSS of the figures; a part of the report's. */
export const jointFigureStyles = `
.joint .card { margin: 14px 0; }
.joint .note { color: var(--muted); font-size: 0.82rem; line-height: 1.45; margin: 8px 2px; max-width: 110ch; }
.joint .note i.scale { display: inline-block; width: 90px; height: 9px; border-radius: 2px; }
.joint table { width: auto; }
.joint .tile { display: block; border-radius: 4px; }
.activations .tile { width: 112px; height: 112px; margin: 0 auto; }
.activations td, .activations th { padding: 5px 8px; vertical-align: middle; text-align: center; }
.activations th[scope="row"] { text-align: left; }
.activations small { display: block; color: var(--muted); font-weight: 400; font-size: 0.74rem; }
.feature-maps { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(310px, 100%), 1fr)); }
.feature-maps .card { margin: 0; }
.feature-map svg { display: block; width: 100%; height: auto; max-width: 560px; }
.feature-map .frame { fill: none; stroke: var(--line); }
.feature-map text, .pictures text { fill: var(--text); font-size: 14px; }
.pictures text.sample, .feature-map text.hint { fill: var(--muted); font-size: 11.5px; }
.feature-map .p path { fill-opacity: 0.9; stroke: var(--card); stroke-width: 0.6px; }
.feature-map .o path { fill: var(--muted); fill-opacity: 0.28; stroke: none; }
.feature-map .p use { display: none; }
.feature-map .p:hover use { display: inline; pointer-events: none; }
.feature-map .p:hover path { stroke: var(--text); stroke-width: 2px; fill-opacity: 1; }
.feature-map svg:has(.p:hover) .hint { display: none; }
.feature-map .numbers { list-style: none; padding: 0; margin: 6px 2px; color: var(--muted); font-size: 0.8rem; white-space: pre-wrap; }
.joint i.other { background: var(--muted); opacity: 0.4; }
.confusions .tile { display: inline-block; width: 32px; height: 32px; vertical-align: middle; margin-right: 4px; }
.confusions th[scope="row"] { white-space: nowrap; font-weight: 400; }
.confusions td, .confusions th { vertical-align: middle; }
.confusions thead th { vertical-align: bottom; white-space: normal; }
.confusions td.bar { background: linear-gradient(90deg, var(--mark) var(--share), transparent var(--share)); width: 120px; min-width: 72px; }
.gain svg { display: block; width: 100%; min-width: 560px; height: auto; }
.gain text { fill: var(--muted); font-size: 12px; }
.gain .grid { stroke: var(--line); }
.gain .hit { fill: transparent; }
.gain .better rect:last-child { fill: #009e73; }
.gain .worse rect:last-child { fill: #d55e00; }
.gain .same rect:last-child { fill: var(--muted); }
.gain g:hover .hit { fill: var(--soft); }
@media (max-width: 640px) {
  .activations .tile { width: 64px; height: 64px; }
  .activations td, .activations th { padding: 4px; font-size: 0.74rem; }
  .confusions th[scope="row"] { white-space: normal; min-width: 9.5em; }
}
@media print { .joint figure { width: auto; display: block; } .feature-maps figure { break-inside: avoid; } }
`;

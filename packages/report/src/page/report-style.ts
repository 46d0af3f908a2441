/**
 * Style of a report: dark text on white, or light on dark where the reader's system is set so, but for figures, which
 * are on white. Readable on paper and without a script.
 */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #111; --quiet: #444; --faint: #767676; --line: #e2e2e2;
  --rule: #bbb; --link: #0b4f85; --focus: #0072b2; --floor: #eef3f8; --code: #f5f5f5; --failed: #a40000; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #e8e8e8; --quiet: #b8b8b8; --faint: #9a9a9a; --line: #33373c; --rule: #555;
    --link: #7ec3f5; --focus: #56b4e9; --floor: #1f2a35; --code: #212428; --failed: #ff7b72; }
  figure svg { border-radius: 4px; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem 1.5rem 4rem; max-width: 84rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 Helvetica, Arial, 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
p { max-width: 48rem; margin: .5rem 0; }
header p, nav { font-size: 1.0625rem; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, summary:focus-visible, select:focus-visible, input:focus-visible,
  .scroll:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .75rem 0; list-style: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }
caption { text-align: left; font-weight: bold; padding: .5rem 0; white-space: nowrap; }
th, td { padding: .2rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
.words { white-space: normal; text-align: left; min-width: 12rem; max-width: 32rem; }
table:has(.words) tbody th { white-space: normal; min-width: 7rem; }
thead th { white-space: normal; border-bottom: 2px solid var(--ink); vertical-align: bottom; }
th button { all: unset; cursor: pointer; font: inherit; padding: .1rem 0; }
th button:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
th button::after { content: '\\2195'; display: inline-block; width: 1em; text-align: right;
  color: var(--faint); font-weight: normal; }
th[aria-sort=ascending] button::after { content: '\\2191'; color: var(--ink); }
th[aria-sort=descending] button::after { content: '\\2193'; color: var(--ink); }
.model { font-weight: normal; }
thead .model, tbody tr.model th { font-weight: bold; }
.floor, tr.floor th:first-child { background: var(--floor); }
.paper { color: var(--quiet); font-weight: normal; }
tr.sum > * { border-top: 1px solid var(--ink); font-weight: bold; }
.notes { font-size: .8125rem; color: var(--quiet); margin: .25rem 0 1rem; padding-left: 1.2rem; max-width: 60rem; }
.failed { border-left: 4px solid var(--failed); padding: .25rem 1rem; margin: 1rem 0; }
.failed pre { margin: .25rem 0; padding: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; margin: .75rem 0;
  padding: .5rem 0; font-size: .875rem; }
.controls fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.controls legend { float: left; padding: 0; margin-right: .75rem; font-weight: bold; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 25rem), 1fr)); gap: 1rem; }
.wide { margin: 1rem 0; }
figure { margin: 0; content-visibility: auto; contain-intrinsic-size: auto 25rem auto 23rem; }
figcaption { font-size: .875rem; color: var(--quiet); max-width: 48rem; }
figure svg { width: 100%; height: auto; display: block; background: #fff; }
.wide figure svg { max-width: 76rem; }
details { margin: .25rem 0; }
summary { cursor: pointer; padding: .3rem 0; }
pre { overflow-x: auto; background: var(--code); padding: 1rem; font-size: .8125rem; }
@media print {
  @page { margin: 14mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .controls { display: none; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; break-inside: avoid; }
  th, td { padding: 1pt 4pt; }
  th button::after { content: none; }
  th:first-child { position: static; }
  h2, h3, summary, caption { break-after: avoid; }
  details::details-content { content-visibility: visible; display: block; }
  .figures { grid-template-columns: 1fr 1fr; gap: 4mm; }
  figure { break-inside: avoid; content-visibility: visible; }
  pre { white-space: pre-wrap; font-size: 7pt; }
}
`;

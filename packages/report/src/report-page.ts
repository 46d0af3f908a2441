import type { Table } from '@unfold-zoo/metrics';
import { escapeXml } from './svg.js';

/** What stands on a report's page; figures are SVG. */
export interface ReportPage {
  readonly title: string;
  /** Sentences below the title. */
  readonly summary: readonly string[];
  readonly tables: readonly Table[];
  readonly figures: readonly string[];
  readonly training: readonly string[];
  /** The run's configuration, as it is. */
  readonly configuration?: string;
}

const STYLE = `
:root { color-scheme: light; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: #fff; color: #111; font: 16px/1.5 Helvetica, Arial, sans-serif; }
h1 { font-size: 1.6rem; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #ccc; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }
caption { text-align: left; font-weight: bold; padding: .5rem 0; }
th, td { padding: .2rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #e4e4e4; }
th:first-child { text-align: left; position: sticky; left: 0; background: #fff; }
thead th { border-bottom: 2px solid #111; }
.model { font-weight: normal; }
thead .model, tbody tr.model th { font-weight: bold; }
.floor, tr.floor th:first-child { background: #f1f5f9; }
.paper { color: #555; font-weight: normal; }
tr.sum > * { border-top: 1px solid #111; font-weight: bold; }
.notes { font-size: .8125rem; color: #444; margin: .25rem 0 1rem; padding-left: 1.2rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
.figures svg { width: 100%; height: auto; }
summary { cursor: pointer; padding: .3rem 0; }
pre { overflow-x: auto; background: #f6f6f6; padding: 1rem; font-size: .8125rem; }
`;

/** A self-contained HTML page: nothing is loaded from anywhere, and no script runs. */
export function reportPage({ title, summary, tables, figures, training, configuration }: ReportPage): string {
  const [total, ...breakdowns] = tables;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
${summary.map((sentence) => `<p>${escapeXml(sentence)}</p>`).join('\n')}
${section('Distances', [total ? htmlTable(total) : '', ...breakdowns.map(folded)])}
${section('Distributions', figures.length > 0 ? [figureGrid(figures)] : [])}
${section('Training', training.length > 0 ? [figureGrid(training)] : [])}
${section('Configuration', configuration === undefined ? [] : [`<pre>${escapeXml(configuration)}</pre>`])}
</body>
</html>
`;
}

function section(title: string, content: readonly string[]): string {
  return content.length === 0 ? '' : `<section>\n<h2>${title}</h2>\n${content.join('\n')}\n</section>`;
}

function figureGrid(figures: readonly string[]): string {
  return `<div class="figures">\n${figures.join('\n')}\n</div>`;
}

function folded(table: Table): string {
  return `<details>\n<summary>${escapeXml(table.title)}</summary>\n${htmlTable(table)}\n</details>`;
}

function htmlTable({ title, heading, columns, rows, notes }: Table): string {
  const head = columns.map(({ label, origin }) => `<th class="${origin}" scope="col">${escapeXml(label)}</th>`);
  const body = rows.map(({ label, origin, cells }) => {
    const data = cells.map((cell, i) => `<td class="${columns[i]!.origin}">${escapeXml(cell)}</td>`);
    return `<tr class="${origin}"><th scope="row">${escapeXml(label)}</th>${data.join('')}</tr>`;
  });
  return `<div class="scroll"><table>
<caption>${escapeXml(title)}</caption>
<thead><tr><th scope="col">${escapeXml(heading)}</th>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>
<ul class="notes">${notes.map((note) => `<li>${escapeXml(note)}</li>`).join('')}</ul>`;
}

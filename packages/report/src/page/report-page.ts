import type { Figure, Table } from '@unfold-zoo/core/findings';
import { escapeXml } from '../plot/svg.js';
import { REPORT_SCRIPT } from './report-script.js';
import { REPORT_STYLE } from './report-style.js';

/** A figure of a page that can be browsed: SVG, and what it is sorted by. */
export interface BrowsableFigure {
  readonly svg: string;
  readonly particle: string;
  readonly quantity: string;
}

/** A configuration with the name of its model. */
export interface NamedConfiguration {
  readonly label: string;
  readonly yaml: string;
}

/** Something that was to be shown and cannot be. */
export interface ReportFailure {
  readonly label: string;
  /** What went wrong, as it is. */
  readonly reason: string;
}

/** What stands on a report's page; figures are SVG. Empty parts are left out. */
export interface ReportPage {
  readonly title: string;
  /** Sentences below the title. */
  readonly summary: readonly string[];
  /** Names of the models in the order of their series. */
  readonly models: readonly string[];
  readonly failures?: readonly ReportFailure[];
  /** Stands before everything else. */
  readonly ranking?: readonly Table[];
  /** Unfolded spectra: figures with their captions, then tables. */
  readonly spectra?: { readonly figures: readonly Figure[]; readonly tables: readonly Table[] };
  /** What a diagnosis concludes. */
  readonly verdicts?: readonly Table[];
  /** The first is open, the others are folded. */
  readonly tables?: readonly Table[];
  readonly evaluations?: readonly Table[];
  /** Figures of the evaluations, each with its caption. */
  readonly evaluationFigures?: readonly Figure[];
  /** Shown at once. */
  readonly highlights?: readonly string[];
  /** Every other figure, folded by particle. */
  readonly figures?: readonly BrowsableFigure[];
  readonly correlations?: readonly string[];
  readonly training?: readonly string[];
  readonly schedules?: readonly string[];
  readonly timings?: readonly Table[];
  readonly configurations?: readonly NamedConfiguration[];
  /** Pages of models by their labels, relative to this one: rows of the verdicts lead there. */
  readonly links?: ReadonlyMap<string, string>;
}

/** No page may load anything: a browser enforces it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: readonly string[];
}

/** A self-contained HTML page: nothing is loaded from anywhere, and everything can be read without its script. */
export function reportPage(page: ReportPage): string {
  const sections = sectionsOf(page).filter(({ content }) => content.length > 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeXml(page.title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body data-models="${escapeXml(JSON.stringify(page.models))}">
<header>
<h1>${escapeXml(page.title)}</h1>
${page.summary.map((sentence) => `<p>${escapeXml(sentence)}</p>`).join('\n')}
<nav aria-label="Contents"><ul>${sections.map(contentsEntry).join('')}</ul></nav>
</header>
<main>
${sections.map(section).join('\n')}
</main>
<script>${REPORT_SCRIPT}</script>
</body>
</html>
`;
}

function sectionsOf(page: ReportPage): Section[] {
  const { ranking = [], failures = [], verdicts = [], evaluations = [], evaluationFigures = [] } = page;
  const { spectra = { figures: [], tables: [] } } = page;
  const { correlations = [], training = [], schedules = [], timings = [], configurations = [] } = page;
  const [total, ...breakdowns] = page.tables ?? [];
  return [
    { id: 'ranking', title: 'Ranking', content: ranking.map((table) => htmlTable(table)) },
    { id: 'failures', title: 'Failed models', content: failures.map(failure) },
    {
      id: 'spectra',
      title: 'Unfolded spectra',
      content: [...spectra.figures.map(captioned), ...spectra.tables.map((table) => htmlTable(table))],
    },
    { id: 'verdicts', title: 'Verdicts', content: verdicts.map((table) => htmlTable(table, page.links)) },
    { id: 'distances', title: 'Distances', content: total ? [htmlTable(total), ...breakdowns.map(folded)] : [] },
    {
      id: 'evaluations',
      title: verdicts.length > 0 ? 'Where they come from' : 'Other evaluations',
      content: [...evaluations.map((table) => htmlTable(table)), ...evaluationFigures.map(captioned)],
    },
    { id: 'distributions', title: 'Distributions', content: distributions(page) },
    { id: 'correlations', title: 'Correlations', content: correlations.map(wideFigure) },
    { id: 'training', title: 'Training', content: grid(training) },
    { id: 'schedules', title: 'Noise schedules', content: schedules.map(wideFigure) },
    { id: 'timings', title: 'Timings and sizes', content: timings.map((table) => htmlTable(table)) },
    { id: 'configuration', title: 'Configuration', content: configurationsOf(configurations) },
  ];
}

function contentsEntry({ id, title }: Section): string {
  return `<li><a href="#${id}">${title}</a></li>`;
}

function section({ id, title, content }: Section): string {
  return `<section id="${id}">\n<h2>${title}</h2>\n${content.join('\n')}\n</section>`;
}

function failure({ label, reason }: ReportFailure): string {
  return `<div class="failed"><strong>${escapeXml(label)}</strong><pre>${escapeXml(reason)}</pre></div>`;
}

function distributions({ highlights = [], figures = [] }: ReportPage): string[] {
  const particles = [...new Set(figures.map(({ particle }) => particle))];
  const groups = particles.map((name) => {
    const members = figures.filter(({ particle }) => particle === name);
    const heading = `<summary>${escapeXml(name)} (${members.length})</summary>`;
    return `<details>\n${heading}\n<div class="figures">\n${members.map(browsable).join('\n')}\n</div>\n</details>`;
  });
  const browser = groups.length > 0 ? [`<h3>All particles</h3>\n<div id="browser">\n${groups.join('\n')}\n</div>`] : [];
  return [...grid(highlights), ...browser];
}

function browsable({ svg, particle, quantity }: BrowsableFigure): string {
  return `<figure data-particle="${escapeXml(particle)}" data-quantity="${escapeXml(quantity)}">${svg}</figure>`;
}

function grid(figures: readonly string[]): string[] {
  if (figures.length === 0) return [];
  return [`<div class="figures">\n${figures.map((svg) => `<figure>${svg}</figure>`).join('\n')}\n</div>`];
}

function wideFigure(svg: string): string {
  return `<div class="wide"><figure>${svg}</figure></div>`;
}

function captioned({ title, caption, svg }: Figure): string {
  const words = `<figcaption><strong>${escapeXml(title)}.</strong> ${escapeXml(caption)}</figcaption>`;
  return `<div class="wide"><figure>${svg}\n${words}</figure></div>`;
}

function configurationsOf(all: readonly NamedConfiguration[]): string[] {
  const [only] = all;
  if (all.length === 1) return [`<pre tabindex="0">${escapeXml(only!.yaml)}</pre>`];
  return all.map(
    ({ label, yaml }) =>
      `<details>\n<summary>${escapeXml(label)}</summary>\n<pre tabindex="0">${escapeXml(yaml)}</pre>\n</details>`,
  );
}

function folded(table: Table): string {
  return `<details>\n<summary>${escapeXml(table.title)}</summary>\n${htmlTable(table)}\n</details>`;
}

function htmlTable({ title, heading, columns, rows, notes }: Table, links?: ReadonlyMap<string, string>): string {
  const classes = columns.map(({ origin }, i) => (holdsSentences(rows, i) ? `${origin} words` : origin));
  const head = columns.map(({ label }, i) => `<th class="${classes[i]}" scope="col">${escapeXml(label)}</th>`);
  const body = rows.map(({ label, origin, cells }) => {
    const data = cells.map((cell, i) => `<td class="${classes[i]}">${escapeXml(cell)}</td>`);
    return `<tr class="${origin}"><th scope="row">${linked(label, links)}</th>${data.join('')}</tr>`;
  });
  const list = notes.map((note) => `<li>${escapeXml(note)}</li>`).join('');
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeXml(title)}"><table class="sortable">
<caption>${escapeXml(title)}</caption>
<thead><tr><th scope="col">${escapeXml(heading)}</th>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>${notes.length > 0 ? `\n<ul class="notes">${list}</ul>` : ''}`;
}

function linked(label: string, links: ReadonlyMap<string, string> | undefined): string {
  const target = links?.get(label);
  return target === undefined ? escapeXml(label) : `<a href="${escapeXml(encodeURI(target))}">${escapeXml(label)}</a>`;
}

/** Letters of a cell beyond which its column may be broken into lines: numbers have fewer. */
const LONG_CELL = 30;

function holdsSentences(rows: Table['rows'], column: number): boolean {
  return rows.some(({ cells }) => cells[column]!.length > LONG_CELL);
}

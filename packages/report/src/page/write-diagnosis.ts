import { join } from 'node:path';
import { checkOverwritesNoInput, writeFileAtomically } from '@unfold-zoo/core/files';
import type { Findings, Verdict } from '@unfold-zoo/core/findings';
import { pngRenderer } from '../plot/png.js';
import { markdownTable } from '../tables/markdown-table.js';
import { tablesOfFindings } from '../tables/verdict-table.js';
import { reportPage } from './report-page.js';

/** What evaluators say of one model's posteriors. */
export interface DiagnosisContent {
  /** The model's. */
  readonly label: string;
  readonly events: number;
  /** Draws an event. */
  readonly draws: number;
  readonly findings: Required<Findings>;
  /** The files that all of this was read from; none of them is written over. */
  readonly inputs?: readonly string[];
  /** Whether every figure is written as PNG too; needs optional packages, see `pngRenderer`. */
  readonly png?: boolean;
}

/**
 * Writes the page "Can I trust it?" into a folder, and returns the paths of its files: `index.html`, which needs no
 * other file, `tables.md`, `diagnosis.json`, and the figures as SVG. A file is there whole or not at all.
 * @throws UserError, before anything is written, for a folder in which one of them is an input; and for a folder that
 * cannot be written.
 */
export function writeDiagnosisPage(directory: string, content: DiagnosisContent): string[] {
  const { label, events, draws, findings, inputs = [] } = content;
  // A missing package is known before any work is done.
  const png = content.png ? pngRenderer() : undefined;
  const tables = tablesOfFindings(findings);
  const title = `Can I trust ${label}?`;
  const files: [string, string | Uint8Array][] = [
    ...findings.figures.flatMap(({ name, svg }): [string, string | Uint8Array][] => [
      [join('figures', `${name}.svg`), `${svg}\n`],
      ...(png ? [[join('figures', `${name}.png`), png(svg)] as [string, Uint8Array]] : []),
    ]),
    ['tables.md', `# ${title}\n\n${tables.map(markdownTable).join('\n')}`],
    ['diagnosis.json', diagnosisJson(content)],
    ['index.html', pageOf(title, content)],
  ];
  const paths = files.map(([name]) => join(directory, name));
  checkOverwritesNoInput(paths, inputs);
  for (const [i, [, data]] of files.entries()) writeFileAtomically(paths[i]!, data);
  return paths;

  function pageOf(title: string, { findings }: DiagnosisContent): string {
    return reportPage({
      title,
      summary: [
        `${label}: ${draws.toLocaleString('en-US')} draws for each of ${events.toLocaleString('en-US')} events, held ` +
          'against the truth of the same event.',
        summaryOf(findings.verdicts),
      ],
      models: [label],
      verdicts: tables.slice(0, 1),
      evaluations: tables.slice(1),
      evaluationFigures: findings.figures,
    });
  }
}

/** Verdicts, tables and what was drawn as JSON. */
export function diagnosisJson({ label, events, draws, findings }: DiagnosisContent): string {
  const { verdicts, tables } = findings;
  return `${JSON.stringify({ label, events, draws, verdicts, tables }, null, 2)}\n`;
}

function summaryOf(verdicts: readonly Verdict[]): string {
  const count = (status: Verdict['status']): number => verdicts.filter((verdict) => verdict.status === status).length;
  const [bad, undecided] = [count('bad'), count('undecided')];
  const rest = undecided > 0 ? ` Of ${undecided} there are not enough events or draws to tell.` : '';
  return `${bad} of ${verdicts.length} verdicts are bad: those come first, the worst of them at the top.${rest}`;
}

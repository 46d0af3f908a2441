import type { Findings, Verdict } from '@unfold-zoo/core/findings';
import { tablesOfFindings } from '../tables/verdict-table.js';
import { writePage } from './write-page.js';

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
  const { label, events, draws, findings, inputs, png } = content;
  const tables = tablesOfFindings(findings);
  const page = {
    title: `Can I trust ${label}?`,
    summary: [
      `${label}: ${draws.toLocaleString('en-US')} draws for each of ${events.toLocaleString('en-US')} events, held ` +
        'against the truth of the same event.',
      summaryOf(findings.verdicts),
    ],
    models: [label],
    verdicts: tables.slice(0, 1),
    evaluations: tables.slice(1),
    evaluationFigures: findings.figures,
  };
  const json = ['diagnosis.json', diagnosisJson(content)] as const;
  return writePage(directory, { page, tables, figures: findings.figures, json, inputs, png });
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

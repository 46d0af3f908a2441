import { join } from 'node:path';
import { checkOverwritesNoInput, writeFileAtomically } from '@unfold-zoo/core/files';
import { diagnosisSummaryTable } from '../tables/diagnosis-summary.js';
import { markdownTable } from '../tables/markdown-table.js';
import { verdictTables } from '../tables/model-verdicts.js';
import { type ReportFailure, reportPage } from './report-page.js';
import { type DiagnosisContent, diagnosisJson, writeDiagnosisPage } from './write-diagnosis.js';

/** One model of a benchmark, and what evaluators say of its posteriors. */
export interface DiagnosedModelContent extends DiagnosisContent {
  /** Of its own page, below that of the benchmark: one path component. */
  readonly folder: string;
}

/** What evaluators say of the posteriors of a benchmark's models. */
export interface BenchmarkDiagnosisContent {
  /** The benchmark's. */
  readonly name: string;
  readonly models: readonly DiagnosedModelContent[];
  /** Models that could not be diagnosed, and why. */
  readonly failed?: readonly ReportFailure[];
  /** Whether every figure is written as PNG too; needs optional packages, see `pngRenderer`. */
  readonly png?: boolean;
}

/**
 * Writes a page with the models of a benchmark side by side into a folder, `index.html`, `tables.md` and
 * `diagnosis.json`, and each model's own page into a folder below, which the first links to.
 * @returns the paths of the files.
 * @throws UserError for a folder in which one of them is an input, and for a folder that cannot be written.
 */
export function writeBenchmarkDiagnosisPages(directory: string, content: BenchmarkDiagnosisContent): string[] {
  const { name, models, png = false } = content;
  const own = models.flatMap((model) => writeDiagnosisPage(join(directory, model.folder), { ...model, png }));
  const judged = models.map(({ label, findings: { verdicts } }) => ({ label, verdicts }));
  const title = `Can I trust the models of ${name}?`;
  const [summary, byQuantity] = [diagnosisSummaryTable(judged), verdictTables(judged)];
  const files = {
    'tables.md': `# ${title}\n\n${[summary, ...byQuantity].map(markdownTable).join('\n')}`,
    'diagnosis.json': benchmarkDiagnosisJson(content),
    'index.html': reportPage({
      title,
      summary: sentencesOf(content),
      models: models.map(({ label }) => label),
      failures: content.failed ?? [],
      verdicts: models.length > 0 ? [summary] : [],
      evaluations: byQuantity,
      links: new Map(models.map(({ label, folder }) => [label, `${folder}/index.html`])),
    }),
  };
  const paths = Object.keys(files).map((file) => join(directory, file));
  checkOverwritesNoInput(
    paths,
    models.flatMap(({ inputs = [] }) => inputs),
  );
  for (const [i, text] of Object.values(files).entries()) writeFileAtomically(paths[i]!, text);
  return [...own, ...paths];
}

/** Verdicts and tables of every model as JSON. */
export function benchmarkDiagnosisJson({ name, models, failed = [] }: BenchmarkDiagnosisContent): string {
  const contents = models.map((model) => JSON.parse(diagnosisJson(model)) as unknown);
  return `${JSON.stringify({ name, models: contents, failed }, null, 2)}\n`;
}

function sentencesOf({ models }: BenchmarkDiagnosisContent): string[] {
  const [first] = models;
  if (!first) return ['No model could be diagnosed.'];
  const [draws, events] = [first.draws, first.events].map((count) => count.toLocaleString('en-US'));
  const drawn = `${draws} draws for each of ${events} events`;
  return [
    `${models.length === 1 ? 'One model' : `${models.length} models`}: ${drawn}, held against the truth of the same ` +
      'event. The name of a model leads to its own page, with a verdict in words for each quantity, and the figures.',
  ];
}

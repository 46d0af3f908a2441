import { join, resolve } from 'node:path';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import {
  benchmarkDiagnosisJson,
  diagnosisJson,
  diagnosisSummaryTable,
  terminalTable,
  verdictTable,
} from '@unfold-zoo/report';
import {
  type Benchmark,
  type BenchmarkDiagnoseOptions,
  type BenchmarkDiagnosis,
  type Log,
  type PosteriorDiagnosis,
  type Run,
  WriteLock,
  writeBenchmarkDiagnosis,
  writeDiagnosis,
} from '@unfold-zoo/runs';
import { withInterruption } from './interruption.js';
import { print } from './print.js';
import { withBar } from './progress/progress-bar.js';

/** Where a diagnosis is written, and how it is shown. */
export interface ShownDiagnosis {
  /** The folder of the page. Default: `diagnosis` in the run or the benchmark. */
  readonly out: string | undefined;
  readonly png: boolean;
  readonly json: boolean;
}

type ShownFindings = PosteriorDiagnosis | BenchmarkDiagnosis;

/** Draws, diagnoses, writes the page and prints the verdicts. Returns the exit code. */
export async function diagnoseAndShow(
  diagnosed: Run | Benchmark,
  options: BenchmarkDiagnoseOptions,
  { out, png, json }: ShownDiagnosis,
  log: Log,
): Promise<number> {
  const target = resolve(out ?? join('outputs' in diagnosed ? diagnosed.outputs : diagnosed.folder, 'diagnosis'));
  using _lock = await WriteLock.ofOutput(target, { work: 'writing a diagnosis', log });
  const bar = '{stage} {bar} {value}/{total} events · {rate} events/s · {left} left';
  const diagnosis = await withInterruption(log.info, (signal) =>
    withBar(
      bar,
      (onProgress): Promise<ShownFindings | undefined> => diagnosed.diagnose({ ...options, signal, onProgress }),
      { json },
    ),
  );
  if (!diagnosis) return EXIT.interrupted;
  const code = isOfBenchmark(diagnosis)
    ? showBenchmark(diagnosis, target, { png, json }, log)
    : showRun(diagnosis, target, { png, json });
  log.info(`diagnosis: ${join(target, 'index.html')}`);
  return code;
}

/** How a diagnosis is shown, wherever it is written. */
type Format = Pick<ShownDiagnosis, 'png' | 'json'>;

function isOfBenchmark(diagnosis: ShownFindings): diagnosis is BenchmarkDiagnosis {
  return 'models' in diagnosis;
}

function showRun(diagnosis: PosteriorDiagnosis, folder: string, { png, json }: Format): number {
  writeDiagnosis(folder, diagnosis, { png });
  print(json ? diagnosisJson(diagnosis) : `\n${terminalTable(verdictTable(diagnosis.findings.verdicts))}`);
  return EXIT.ok;
}

function showBenchmark(diagnosis: BenchmarkDiagnosis, folder: string, { png, json }: Format, log: Log): number {
  const { models, failed } = diagnosis;
  writeBenchmarkDiagnosis(folder, diagnosis, { png });
  const judged = models.map(({ label, findings: { verdicts } }) => ({ label, verdicts }));
  if (json) print(benchmarkDiagnosisJson(diagnosis));
  else if (judged.length > 0) print(`\n${terminalTable(diagnosisSummaryTable(judged))}`);
  for (const { label, reason } of failed) log.warn(`${label} is not diagnosed: ${reason}`);
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}

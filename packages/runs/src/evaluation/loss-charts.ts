import { DRAW_SCORES, type DrawScores, type LogRecord } from '@unfold-zoo/core/training';
import type { LineChart, Series } from '@unfold-zoo/report';

/** What of a line of the log is drawn. */
export type ChartedRecord = Pick<LogRecord, 'type' | 'stage' | 'step' | 'loss' | 'terms' | 'monitored'>;

/**
 * The total loss and its terms over the steps, for each stage, and scores of draws where they were taken.
 * @example
 * const charts = lossCharts(readLog('runs/my-run')).map((chart) => lineChart(chart)); // SVG
 */
export function lossCharts(records: readonly ChartedRecord[]): LineChart[] {
  const stages = [...new Set(records.map(({ stage }) => stage))];
  return stages.flatMap((stage): LineChart[] => {
    const steps = records.filter((record) => record.type === 'step' && record.stage === stage);
    const validations = records.filter((record) => record.type === 'validation' && record.stage === stage);
    if (steps.length === 0) return [];
    const terms = Object.keys(steps[0]!.terms).filter((name) => steps.every(({ terms }) => terms[name]! > 0));
    const common = { xTitle: 'Steps', yScale: 'log' } as const;
    const loss = [
      lossSeries('training', steps),
      ...(validations.length > 0 ? [lossSeries('validation', validations)] : []),
    ];
    return [
      { ...common, title: `Loss of stage ${stage}`, yTitle: 'Loss', series: loss },
      {
        ...common,
        title: `Terms of stage ${stage}`,
        yTitle: 'Term',
        series: terms.map((name) => termSeries(name, steps)),
      },
      ...scoreChart(stage, validations),
    ];
  });
}

const LABELS: Readonly<Record<keyof DrawScores, string>> = {
  energyScore: 'energy score',
  calibrationError: 'calibration error',
  distance: 'distance',
};

/** Scores of draws for validation events, for a stage that has them. */
function scoreChart(stage: string, validations: readonly ChartedRecord[]): LineChart[] {
  const scored = validations.filter(({ monitored }) => DRAW_SCORES.every((name) => monitored[name]! > 0));
  if (scored.length === 0) return [];
  const x = scored.map(({ step }) => step);
  const series = DRAW_SCORES.map((name) => ({
    label: LABELS[name],
    x,
    y: scored.map(({ monitored }) => monitored[name]!),
  }));
  return [{ title: `Draws while training ${stage}`, xTitle: 'Steps', yScale: 'log', yTitle: 'Score', series }];
}

function lossSeries(label: string, records: readonly ChartedRecord[]): Series {
  return { label, x: records.map(({ step }) => step), y: records.map(({ loss }) => loss) };
}

function termSeries(name: string, records: readonly ChartedRecord[]): Series {
  return { label: name, x: records.map(({ step }) => step), y: records.map(({ terms }) => terms[name]!) };
}

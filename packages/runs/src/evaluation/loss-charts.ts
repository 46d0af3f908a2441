import type { LogRecord } from '@unfold-zoo/core/training';
import type { LineChart, Series } from '@unfold-zoo/report';

/** The total loss and its terms over the steps, for each stage. */
export function lossCharts(records: readonly LogRecord[]): LineChart[] {
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
    ];
  });
}

function lossSeries(label: string, records: readonly LogRecord[]): Series {
  return { label, x: records.map(({ step }) => step), y: records.map(({ loss }) => loss) };
}

function termSeries(name: string, records: readonly LogRecord[]): Series {
  return { label: name, x: records.map(({ step }) => step), y: records.map(({ terms }) => terms[name]!) };
}

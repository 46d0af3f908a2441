import type { LogRecord } from '@unfold-zoo/core/training';
import type { EventSummary, NumberHistogram, NumberSummary } from '@unfold-zoo/data';
import { terminalHistogram, textTable } from '@unfold-zoo/report';
import {
  type DrawInspection,
  duration,
  type EventInspection,
  type Inspection,
  type RunInspection,
} from '@unfold-zoo/runs';
import { tableText } from './table-text.js';

/** What is in a data file, a file of draws, or a run, for people. */
export function inspectionText({ kind, content }: Inspection): string {
  if (kind === 'run') return describeRun(content);
  if (kind === 'draws') return describeDraws(content);
  return kind === 'table' ? tableText(content) : describeEvents(content);
}

function describeEvents({ path, ...summary }: EventInspection): string {
  const partons = summary.particles.flatMap(({ label, quantities }) =>
    quantities.map((each) => numberRow(`${label} ${each.name}`, each)),
  );
  const inputs = summary.inputs.map(({ name, capacity, fill, multiplicity, features }) => {
    const most = multiplicity.findLastIndex((count) => count > 0);
    const filled = `${percent(fill)} of the slots filled, most in an event ${most}`;
    const heading = `${name}: up to ${capacity} objects, ${filled}`;
    return [heading, ...table(features.map((each) => numberRow(each.name, each)))].join('\n');
  });
  return [
    `${path}: ${summary.inspected} events of ${summary.topology}${summary.hasTruth ? '' : ', truth not known'}`,
    describeWeights(summary),
    ...summary.warnings.map((warning) => `warning: ${warning}`),
    '',
    ...(summary.hasTruth ? ['partons', ...table(partons), ''] : []),
    inputs.join('\n\n'),
    '',
    ...shownHistograms(summary).map(histogramText),
    '',
  ].join('\n');
}

// All of them are in --json.
function shownHistograms({ terminal, histograms }: EventSummary): NumberHistogram[] {
  return terminal.flatMap((key) => histograms.filter((histogram) => histogram.key === key));
}

function describeWeights({ weights }: EventSummary): string {
  if (!weights) return 'no event weights: every event counts the same';
  const effective = Math.round(weights.effective);
  return (
    `event weights from ${weights.min} to ${weights.max}, ${weights.negative} negative, ${effective} effective ` +
    'events'
  );
}

function numberRow(name: string, { unit, min, max, mean, standardDeviation }: NumberSummary): string[] {
  return [
    name,
    unit,
    ...[mean, standardDeviation, min, max].map((value) => (value === null ? '-' : significant(value))),
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  return textTable([['', 'unit', 'mean', 'sd', 'min', 'max'], ...rows], { leftColumns: 2 });
}

function significant(value: number): string {
  return Math.abs(value) < 1e-10 ? '0' : String(Number(value.toPrecision(4)));
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

const MOST_ROWS = 25;

// Neighbouring bins joined until the picture fits a screen.
function histogramText({ counts, edges, name, unit }: NumberHistogram): string {
  const joined = Math.ceil(counts.length / MOST_ROWS);
  const rows = Math.ceil(counts.length / joined);
  const sum = (_: unknown, row: number): number =>
    counts.slice(row * joined, (row + 1) * joined).reduce((total, count) => total + count, 0);
  const ends = Array.from({ length: rows + 1 }, (_, row) => edges[Math.min(row * joined, counts.length)]!);
  return terminalHistogram(Array.from({ length: rows }, sum), ends, { label: name, unit });
}

function describeDraws(inspection: DrawInspection): string {
  const { path, events, draws, particles, hasTruth, hasWeights, attributes } = inspection;
  return [
    `${path}: ${draws} x ${events} draws of ${particles.length} particles`,
    `truth ${hasTruth ? 'included' : 'not known'}, event weights ${hasWeights ? 'included' : 'none'}`,
    ...Object.entries(attributes).map(([name, value]) => `${name}: ${value}`),
    '',
  ].join('\n');
}

function describeRun({ path, choices, untrusted, ...learned }: RunInspection): string {
  const { checkpoints, state, parameters, tensors, last } = learned;
  const model = choices['model'] as { readonly kind: string } | undefined;
  const parts = new Map<string, number>();
  for (const { name, size } of tensors) {
    const part = name.split('.')[0]!;
    parts.set(part, (parts.get(part) ?? 0) + size);
  }
  const losses = Object.entries(last).flatMap(([name, record]) =>
    record ? [`last ${name}: ${lossLine(record)}`] : [],
  );
  return [
    `${path}: model ${model?.kind ?? 'unknown'}, ${parameters} parameters`,
    ...[...parts].map(([name, size]) => `  ${name}: ${size}`),
    state
      ? `stage ${state.stage}, ${state.step} steps in ` +
        `${duration(state.elapsedSeconds)}${state.finished ? ', finished' : ''}`
      : 'no checkpoint yet',
    `checkpoints: ${checkpoints.join(', ') || 'none'}`,
    ...losses,
    ...(untrusted.length > 0
      ? [`not loaded: ${untrusted.join(', ')}; look at it, then allow it with --trust-plugins`]
      : []),
    '',
  ].join('\n');
}

function lossLine({ step, loss, terms }: LogRecord): string {
  const listed = Object.entries(terms).map(([name, value]) => `${name} ${significant(value)}`);
  return `step ${step}, loss ${significant(loss)} (${listed.join(', ')})`;
}

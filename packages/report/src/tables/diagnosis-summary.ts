import type { MeasuredNumber, Table, Verdict } from '@unfold-zoo/core/findings';
import { formatEstimate } from './format-estimate.js';
import { type JudgedModel, summariseVerdicts } from './model-verdicts.js';

/** Diagnosed models side by side, a row each: what their diagnostics come to. */
export function diagnosisSummaryTable(models: readonly JudgedModel[]): Table {
  const seen = quantityThatIsSeen(models);
  const labels = [
    'Calibrated',
    'Cannot tell',
    'Calibration',
    'Worst',
    'AUC',
    ...(seen ? [`${seen}, of detector`] : []),
  ];
  return {
    title: 'The models side by side',
    heading: 'Model',
    columns: labels.map((label) => ({ label, origin: 'model' })),
    rows: models.map((each) => ({
      label: each.label,
      origin: 'model',
      cells: [
        ...calibrationCells(each),
        estimateCell(measuredBy(each, 'classifier')),
        ...(seen ? [estimateCell(measuredBy(each, 'resolution', seen))] : []),
      ],
    })),
    notes: [
      'Right for each event? Calibrated: on how many quantities the verdict of calibration is good. Calibration: its ' +
        "mean badness, 0.1 for a shift by 0.1 of the posterior's standard deviations or a width that is 10 % off. " +
        'AUC: how well a classifier tells draws from the truth; 0.5 if not at all.',
      ...(seen
        ? [
            `Sharper than the detector? ${seen}, of detector: width of the error of the mean of the draws over that ` +
              'of what the detector reads, for the pT of which the models lose most. Above 1 the measured object is ' +
              'the better answer.',
          ]
        : []),
    ],
  };
}

function calibrationCells(of: JudgedModel): string[] {
  const summary = summariseVerdicts(of, 'calibration');
  if (!summary) return ['', '', '', ''];
  const { good, quantities, undecided, badness, worst } = summary;
  return [
    `${good} of ${quantities}`,
    String(undecided),
    badness.toFixed(2),
    `${worst.badness.toFixed(2)} ${worst.quantity}`,
  ];
}

/**
 * The transverse momentum of which models lose most beside what the detector reads, usually that of the lepton, which
 * the detector measures best; undefined where the detector sees none of the particles.
 */
function quantityThatIsSeen(models: readonly JudgedModel[]): string | undefined {
  const read = models.flatMap(({ verdicts }) => verdicts.filter(isResolution));
  const momenta = read.filter(({ quantity }) => quantity.endsWith(' pT'));
  const candidates = momenta.length > 0 ? momenta : read;
  return candidates.toSorted((a, b) => b.measured!.value - a.measured!.value)[0]?.quantity;
}

function isResolution({ diagnostic, measured }: Verdict): boolean {
  return diagnostic === 'resolution' && measured !== undefined;
}

function measuredBy({ verdicts }: JudgedModel, diagnostic: string, quantity?: string): MeasuredNumber | undefined {
  return verdicts.find(
    (verdict) => verdict.diagnostic === diagnostic && (quantity === undefined || verdict.quantity === quantity),
  )?.measured;
}

function estimateCell(measured: MeasuredNumber | undefined): string {
  return measured ? formatEstimate(measured) : '';
}

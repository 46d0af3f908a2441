import { UserError } from '@unfold-zoo/core';
import { readBytes } from '@unfold-zoo/core/files';
import type { PublishedSpectrum } from './published-spectrum.js';

const BLOCK = /BEGIN YODA_ESTIMATE1D_V\d+ (\S+)\n([\s\S]*?)\nEND YODA_ESTIMATE1D/g;

/**
 * The one-dimensional estimates of a file of YODA 2 text: the last two parts of a path are observable and method. YODA
 * has no units: values are taken for cross sections in fb.
 */
export function publishedYoda(path: string): PublishedSpectrum[] {
  const text = readBytes(path, 'YODA 2 text').toString('utf8').replaceAll('\r\n', '\n');
  const found = [...text.matchAll(BLOCK)].map(([, name, body]) => estimate(path, name!, body!));
  if (found.length > 0) return found;
  throw new UserError(`invalid ${path}: it has no Estimate1D, expected YODA 2 text as unfold measure writes it`);
}

function estimate(path: string, name: string, body: string): PublishedSpectrum {
  const [observable = '', method = ''] = name.split('/').slice(-2);
  const edges = (/^Edges\(A1\): \[(.*)\]$/m.exec(body)?.[1] ?? '').split(',').map(Number);
  const rows = body.slice(body.indexOf('\n---\n') + 5).split('\n');
  const values = rows.filter((row) => /^(nan|[-+\d.])/.test(row)).map((row) => row.trim().split(/\s+/));
  // Underflow, the bins between the edges, and overflow.
  if (edges.length < 2 || !edges.every(Number.isFinite) || values.length !== edges.length + 1) {
    throw new UserError(`invalid ${path}: ${name} has ${edges.length} edges and ${values.length} rows of values`);
  }
  const bins = values.slice(1, -1).map(([value, ...errors], i) => ({
    ranges: [[edges[i]!, edges[i + 1]!] as const],
    value: Number(value),
    error: totalError(errors),
  }));
  return { observable, method, bins, values: 'cross section over width' };
}

/** Pairs of errors downwards and upwards, in squares; each the mean of the two sizes. */
function totalError(errors: readonly string[]): number {
  const sizes = errors.map((text) => (text.startsWith('---') ? 0 : Math.abs(Number(text))));
  const pairs = Array.from({ length: sizes.length / 2 }, (_, k) => (sizes[2 * k]! + sizes[2 * k + 1]!) / 2);
  return Math.hypot(...pairs);
}

import { type Box, element, path, richText } from './svg.js';
import type { Axis } from './ticks.js';

/** Which labels a frame shows. */
export interface FrameLabels {
  readonly x: boolean;
  /** Whether a y label that touches the panel above or below is left out. */
  readonly skipYAt?: readonly ('top' | 'bottom')[];
}

const MAJOR = 7;
const MINOR = 3.5;
/** Labels this close to a corner would touch those of the next panel. */
const CORNER = 7;

/** A box with ticks inward on all four sides, as in physics journals. */
export function frame(box: Box, x: Axis, y: Axis, { x: showX, skipYAt = [] }: FrameLabels): string {
  const { left, right, top, bottom } = box;
  const lines: ([number, number] | undefined)[] = [];
  const line = (x1: number, y1: number, x2: number, y2: number): void => {
    lines.push([x1, y1], [x2, y2], undefined);
  };
  const labels: string[] = [];
  for (const { value, label } of x.ticks) {
    const [at, length] = [x.at(value), label === undefined ? MINOR : MAJOR];
    line(at, bottom, at, bottom - length);
    line(at, top, at, top + length);
    if (showX && label !== undefined) labels.push(richText(at, bottom + 17, label, { 'text-anchor': 'middle' }));
  }
  for (const { value, label } of y.ticks) {
    const [at, length] = [y.at(value), label === undefined ? MINOR : MAJOR];
    line(left, at, left + length, at);
    line(right, at, right - length, at);
    const hidden =
      (skipYAt.includes('top') && at - top < CORNER) || (skipYAt.includes('bottom') && bottom - at < CORNER);
    if (label !== undefined && !hidden) labels.push(richText(left - 7, at + 4, label, { 'text-anchor': 'end' }));
  }
  const ticks = element('path', { d: path(lines), stroke: 'black', 'stroke-width': 1, fill: 'none' });
  const border = { x: left, y: top, width: right - left, height: bottom - top, fill: 'none', stroke: 'black' };
  return [ticks, element('rect', border), ...labels].join('\n');
}

/** The title of an x axis, at its right end below the labels. */
export function xTitle({ right, bottom }: Box, title: string, { exponent }: Axis): string {
  const text = exponent === 0 ? title : `${title} / 10^{${exponent}}`;
  return richText(right, bottom + 38, text, { 'text-anchor': 'end', 'font-size': 14 });
}

/** The title of a y axis, reading upwards to the left of its labels, and the power of ten of these above the axis. */
export function yTitle({ left, top }: Box, title: string, { exponent }: Axis): string {
  const x = left - 50;
  const turned = { 'text-anchor': 'end', 'font-size': 14, transform: `rotate(-90 ${x} ${top})` };
  const power = exponent === 0 ? '' : richText(left - 40, top - 9, `× 10^{${exponent}}`);
  return richText(x, top, title, turned) + power;
}

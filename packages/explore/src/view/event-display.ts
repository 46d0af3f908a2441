import {
  type Attributes,
  type Box,
  clipped,
  coordinate,
  element,
  frame,
  linearAxis,
  lineStyle,
  picture,
  plainText,
  xTitle,
  yTitle,
} from '@unfold-zoo/report/plot';
import type { DetectorObject, DrawnParticle } from './event-view.js';

/** What is drawn of an event. */
export interface EventDisplay {
  readonly title: string;
  readonly objects: readonly DetectorObject[];
  /** Drawn particles, as points. */
  readonly cloud?: readonly DrawnParticle[] | undefined;
  /** True particles, as rings. */
  readonly truth?: readonly DrawnParticle[] | undefined;
  /** Transverse momentum at the edge, GeV. */
  readonly reach: number;
}

const SIZE = 440;
const CENTRE = SIZE / 2;
const RADIUS = 190;
/** Half the opening of what stands for a jet, radians. */
const HALF_OPENING = 0.14;
const TRANSVERSE: Box = {
  left: CENTRE - RADIUS,
  right: CENTRE + RADIUS,
  top: CENTRE - RADIUS,
  bottom: CENTRE + RADIUS,
};

/** What an object is drawn as: its colour tells it from others, and its shape does so in grey. */
export type ObjectStyle = 'tagged' | 'jet' | 'lepton' | 'missing';

const COLORS: Readonly<Record<ObjectStyle, string>> = {
  tagged: '#d55e00',
  jet: '#0072b2',
  lepton: '#009e73',
  missing: '#444444',
};

/** How an object is drawn: by its class, which a topology names, and by whether it has a direction along the beam. */
export function objectStyle({ label, isLepton, eta }: DetectorObject): ObjectStyle {
  if (isLepton) return 'lepton';
  if (eta === undefined) return 'missing';
  return /^b(_?jet|_?tag|$)/i.test(label) ? 'tagged' : 'jet';
}

/** A transverse momentum beyond everything that is drawn, GeV. */
export function reachOf(objects: readonly DetectorObject[]): number {
  const highest = Math.max(...objects.map(({ pt }) => pt), 1);
  const step = 10 ** Math.floor(Math.log10(highest));
  return Math.ceil((1.15 * highest) / step) * step;
}

/** The transverse momentum and the azimuth of a point of the transverse view. */
export function momentumAt(x: number, y: number, reach: number): { readonly pt: number; readonly phi: number } {
  const [across, up] = [x - CENTRE, CENTRE - y];
  return { pt: (Math.hypot(across, up) * reach) / RADIUS, phi: Math.atan2(up, across) };
}

/** An event seen along the beam: lengths are transverse momenta. Objects have their number as `data-object`. SVG. */
export function transverseView({ title, objects, cloud = [], truth = [], reach }: EventDisplay): string {
  const at = (pt: number, phi: number): [number, number] => {
    const length = (Math.min(pt, reach) / reach) * RADIUS;
    return [CENTRE + length * Math.cos(phi), CENTRE - length * Math.sin(phi)];
  };
  const rings = [0.5, 1].map((share) => {
    const circle = { cx: CENTRE, cy: CENTRE, r: share * RADIUS, fill: 'none', stroke: '#bbbbbb' };
    const label = plainText(CENTRE + 4, CENTRE - share * RADIUS + 13, `${share * reach} GeV`, { fill: '#555' });
    return element('circle', circle) + label;
  });
  return picture(SIZE, SIZE, title, [
    ...rings,
    ...objects.map((object, i) => transverseObject(object, i, at)),
    clipped(TRANSVERSE, points(cloud, at)),
    markers(truth, at),
  ]);
}

type Place = (pt: number, phi: number, eta: number) => readonly [number, number];

function transverseObject(object: DetectorObject, index: number, at: Place): string {
  const { pt, phi } = object;
  const style = objectStyle(object);
  const color = COLORS[style];
  const [x, y] = at(pt, phi, 0);
  const line = { x1: CENTRE, y1: CENTRE, x2: x, y2: y, stroke: color, 'stroke-width': 3 };
  const corner = (side: number): string =>
    at(pt, phi + side * HALF_OPENING, 0)
      .map(coordinate)
      .join(' ');
  const shapes: Readonly<Record<ObjectStyle, () => string>> = {
    lepton: () => element('line', line),
    missing: () => element('line', { ...line, 'stroke-dasharray': '7 4' }),
    jet: () => wedge({ fill: color, 'fill-opacity': 0.25 }),
    tagged: () => wedge({ fill: color, 'fill-opacity': 0.55 }),
  };
  const wedge = (fill: Attributes): string =>
    element('path', { d: `M${CENTRE} ${CENTRE}L${corner(-1)}L${corner(1)}Z`, stroke: color, ...fill });
  const tip = element('circle', { cx: x, cy: y, r: 5, fill: color, stroke: 'white' });
  const [textX, textY] = at(pt, phi, 0).map((value) => value + Math.sign(value - CENTRE) * 12) as [number, number];
  const label = plainText(textX, textY + 4, `${Math.round(pt)}`, { 'text-anchor': 'middle', 'font-size': 11 });
  return element('g', { 'data-object': index }, shapes[style]() + tip + label);
}

const WIDTH = 520;
const HEIGHT = 440;
const PLANE: Box = { left: 62, right: 504, top: 34, bottom: 384 };
/** Half the side of the square of an object with the highest transverse momentum, pixels. */
const LARGEST = 24;

/** The same event in pseudorapidity and azimuth: areas are transverse momenta. SVG. */
export function etaPhiView({ title, objects, cloud = [], truth = [], reach }: EventDisplay): string {
  const seen = objects.flatMap(({ eta }) => (eta === undefined ? [] : [Math.abs(eta)]));
  const edge = Math.max(2.5, Math.ceil(2 * Math.max(0, ...seen)) / 2);
  const x = linearAxis([-edge, edge], [PLANE.left, PLANE.right], 6);
  const y = linearAxis([-Math.PI, Math.PI], [PLANE.bottom, PLANE.top], 6);
  const at: Place = (_, phi, eta) => [PLANE.left + ((eta + edge) / (2 * edge)) * (PLANE.right - PLANE.left), y.at(phi)];
  const content = [
    ...objects.map((object, i) => planeObject(object, i, { at, reach })),
    points(cloud, at),
    markers(truth, at),
  ];
  return picture(WIDTH, HEIGHT, title, [
    clipped(PLANE, content.join('\n')),
    frame(PLANE, x, y, { x: true }),
    xTitle(PLANE, 'η', x),
    yTitle(PLANE, 'φ [rad]', y),
  ]);
}

function planeObject(
  object: DetectorObject,
  index: number,
  { at, reach }: { readonly at: Place; readonly reach: number },
): string {
  const { pt, phi, eta } = object;
  const style = objectStyle(object);
  const color = COLORS[style];
  const [x, y] = at(pt, phi, eta ?? 0);
  const number = { 'data-object': index };
  if (eta === undefined) {
    const line = { x1: PLANE.left, x2: PLANE.right, y1: y, y2: y, stroke: color, 'stroke-width': 2 };
    return element('line', { ...line, ...number, 'stroke-dasharray': '7 4' });
  }
  const half = Math.max(4, LARGEST * Math.sqrt(Math.min(pt / reach, 1)));
  const paint = { fill: color, 'fill-opacity': style === 'jet' ? 0.25 : 0.55, stroke: color, ...number };
  if (style === 'lepton') return element('circle', { cx: x, cy: y, r: half, ...paint });
  return element('rect', { x: x - half, y: y - half, width: 2 * half, height: 2 * half, ...paint });
}

/** A pointer takes hold of what lies below. */
const UNTOUCHED = { 'pointer-events': 'none' } as const;

/** Points of drawn particles, in a colour for each. */
function points(cloud: readonly DrawnParticle[], at: Place): string {
  const groups = cloud.map(({ pt, eta, phi }, i) => {
    const dots = pt.map((each, draw) => {
      const [x, y] = at(each, phi[draw]!, eta[draw]!);
      return `M${coordinate(x)} ${coordinate(y)}h0`;
    });
    const look = { stroke: lineStyle(i).color, 'stroke-width': 4, 'stroke-linecap': 'round', 'stroke-opacity': 0.35 };
    return element('path', { d: dots.join(''), fill: 'none', ...UNTOUCHED, ...look });
  });
  return groups.join('\n');
}

/** Rings where true particles are, in the colours of their points. */
function markers(truth: readonly DrawnParticle[], at: Place): string {
  const rings = truth.map(({ pt, eta, phi }, i) => {
    const [cx, cy] = at(pt[0]!, phi[0]!, eta[0]!);
    const ring = { cx, cy, r: 7, fill: 'none', stroke: lineStyle(i).color, 'stroke-width': 2.5, ...UNTOUCHED };
    return element('circle', { ...ring, r: 7 }) + element('circle', { ...ring, r: 1.5 });
  });
  return rings.join('\n');
}

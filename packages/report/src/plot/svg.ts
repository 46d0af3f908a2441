/** A rectangle of a picture, in pixels from its upper left corner. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Text made safe inside XML and HTML, attributes with it. Characters that XML forbids are replaced. */
export function escapeXml(text: string): string {
  const allowed = [...text].map((character) => (forbidden(character.codePointAt(0)!) ? '\ufffd' : character)).join('');
  return allowed
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function forbidden(code: number): boolean {
  return (
    (code < 0x20 && code !== 9 && code !== 10 && code !== 13) || (code >= 0xd800 && code < 0xe000) || code === 0xffff
  );
}

/** Attributes of an element; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element. `content` is markup already: text in it must have been escaped. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(typeof value === 'number' ? coordinate(value) : value!)}"`);
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** A number with as many digits as a picture needs. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The path through points; `undefined` lifts the pen. */
export function path(points: readonly (readonly [x: number, y: number] | undefined)[]): string {
  let down = false;
  return points
    .map((point) => {
      const command = down ? 'L' : 'M';
      down = point !== undefined;
      return point ? `${command}${coordinate(point[0])} ${coordinate(point[1])}` : '';
    })
    .join('');
}

/** A picture of that size, which scales to where it is put. `title` is what a screen reader says. */
export function picture(width: number, height: number, title: string, content: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': "Helvetica, Arial, 'DejaVu Sans', sans-serif",
    'font-size': 12,
    fill: 'black',
  };
  const background = element('rect', { width, height, fill: 'white' });
  return element('svg', attributes, [element('title', {}, escapeXml(title)), background, ...content].join('\n'));
}

/** A picture inside another, its upper left corner at a point. */
export function inset(svg: string, x: number, y: number): string {
  return svg.replace('<svg ', `<svg x="${coordinate(x)}" y="${coordinate(y)}" `);
}

/**
 * Content in the coordinates of the whole picture, cut at a box. It needs no id, which a page of many pictures would
 * share.
 */
export function clipped({ left, right, top, bottom }: Box, content: string): string {
  const [width, height] = [right - left, bottom - top];
  const view = `${left} ${top} ${width} ${height}`;
  return element('svg', { x: left, y: top, width, height, viewBox: view, overflow: 'hidden' }, content);
}

/** Text as it is. */
export function plainText(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(text));
}

/**
 * Text with superscripts `10^{-3}` and subscripts `p_T`; a backslash before `^`, `_` or itself takes its meaning away.
 */
export function richText(x: number, y: number, markup: string, attributes: Attributes = {}): string {
  let baseline = 0;
  const spans = [...markup.matchAll(/([\^_])(?:\{([^}]*)\}|(.))|((?:\\[\s\S]|[^\\^_])+|\\$|[\^_]$)/gu)].map(
    ([, shift, braced, single, plain]) => {
      const wanted = shift === '^' ? -5 : shift === '_' ? 3 : 0;
      const text = escapeXml(plain?.replace(/\\([\s\S])/g, '$1') ?? braced ?? single ?? '');
      const dy = wanted - baseline;
      baseline = wanted;
      return wanted === 0 && dy === 0 ? text : element('tspan', { dy, 'font-size': wanted ? '75%' : undefined }, text);
    },
  );
  return element('text', { x, y, ...attributes }, spans.join(''));
}

/** Text for `richText` that is to be shown as it is. */
export function escapeMarkup(text: string): string {
  return text.replace(/[\\^_]/g, '\\$&');
}

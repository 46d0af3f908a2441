/** What figures are drawn with: axes, frames, legends, cells and the elements of SVG. */
export { cells } from './cells.js';
export { type CellGrid, colorOf, DENSITY_COLORS, DIFFERENCE_COLORS } from './color-map.js';
export { type FrameLabels, frame, xTitle, yTitle } from './frame.js';
export { type LegendEntry, legend, legendLayout } from './legend.js';
export { type LineStyle, lineStyle } from './palette.js';
export { type SmallMultiples, smallMultiples } from './small-multiples.js';
export { band, DARK_BAND, seriesPath, stepLine } from './step-lines.js';
export {
  type Attributes,
  type Box,
  clipped,
  coordinate,
  element,
  escapeMarkup,
  escapeXml,
  path,
  picture,
  plainText,
  richText,
} from './svg.js';
export { type Axis, linearAxis, logAxis, type Tick } from './ticks.js';

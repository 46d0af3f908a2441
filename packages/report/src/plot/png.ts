import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { installationFolder } from '@unfold-zoo/core/files';

/** Draws SVG as PNG. */
export type PngRenderer = (svg: string) => Uint8Array;

interface ResvgPackage {
  readonly Resvg: new (svg: string, options: object) => { render(): { asPng(): Uint8Array } };
}

const RENDERER = '@resvg/resvg-js';
const FONTS = 'dejavu-fonts-ttf';
/** Pixels of a PNG for one of the picture: 1040 wide is sharp in a talk and in a column of a paper. */
const ZOOM = 2;

/**
 * Loads what draws PNG: the optional packages `@resvg/resvg-js` and `dejavu-fonts-ttf`, from where this one is
 * installed: the folder of a command may have come from others. Fonts of the system are not used, so a picture is the
 * same on every machine; SVG, which a browser draws with Helvetica or what it has in its place, may look a little
 * different.
 * @throws UserError if a package is missing, with how to get it.
 */
export function pngRenderer(): PngRenderer {
  const { Resvg } = load<ResvgPackage>(RENDERER, (require, path) => require(path) as ResvgPackage);
  const folder = load(FONTS, (_, path) => join(path, '..', 'ttf'), `${FONTS}/package.json`);
  const font = {
    loadSystemFonts: false,
    fontFiles: ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => join(folder, file)),
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
  };
  return (svg) => new Resvg(svg, { font, fitTo: { mode: 'zoom', value: ZOOM }, background: 'white' }).render().asPng();
}

function load<T>(name: string, use: (require: NodeJS.Require, path: string) => T, file = name): T {
  const require = createRequire(import.meta.url);
  try {
    return use(require, require.resolve(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'MODULE_NOT_FOUND' ? 'it is not installed' : message.split('\n')[0]!;
    throw new UserError(
      (option) =>
        `missing package ${name}: ${reason}, and PNG needs it; get it with npm install ${RENDERER} ${FONTS} in ` +
        `${installationFolder()}, where this program is, or leave out ${option('png')}`,
    );
  }
}

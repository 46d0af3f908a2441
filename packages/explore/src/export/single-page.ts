import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { escapeXml } from '@unfold-zoo/report/plot';

/** What a page that is one file is made of. */
export interface PageParts {
  readonly title: string;
  readonly style: string;
  /** A module. */
  readonly script: string;
  /** Licences of what is in it. */
  readonly licences: string;
  /** What its script reads, by name: bytes that are compressed already, or content that is compressed here. */
  readonly blocks: ReadonlyMap<string, { readonly packed: Uint8Array } | { readonly content: string | Uint8Array }>;
}

/** A page that is one file and loads nothing: its policy allows its own script and style, and no connection. */
export function singlePage({ title, style, script, licences, blocks }: PageParts): string {
  // Within an element, the text of a script may not end it.
  const code = script.replaceAll('</script', '<\\/script');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(code)} blob: 'wasm-unsafe-eval'`,
    `style-src ${hashOf(style)}`,
    'img-src data: blob:',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeXml(title)}</title>\n<link rel="icon" href="data:,">`,
    `<style>${style}</style>\n</head>\n<body>`,
    '<div id="app"><p>This page needs JavaScript; all of it is in this file.</p></div>',
    `<script type="text/plain" id="licences">\n${licences.replaceAll('</script', '')}</script>`,
    ...[...blocks].map(([name, block]) => blockElement(name, block)),
    `<script type="module">${code}</script>\n</body>\n</html>\n`,
  ].join('\n');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function blockElement(
  name: string,
  block: { readonly packed: Uint8Array } | { readonly content: string | Uint8Array },
) {
  const bytes = 'packed' in block ? block.packed : gzipSync(block.content, { level: 9 });
  return `<script type="text/plain" data-block="${escapeXml(name)}">${Buffer.from(bytes).toString('base64')}</script>`;
}

/** Reads XML strictly enough to notice an unescaped character or an element that is not closed; returns its text. */
export function xmlText(xml: string): string[] {
  const open: string[] = [];
  const texts: string[] = [];
  const token = /<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let position = 0;
  for (let match = token.exec(xml); match; match = token.exec(xml)) {
    position = token.lastIndex;
    const [, closing, name, attributes, empty, text] = match;
    for (const part of [text, attributes]) checkEntities(part ?? '');
    if (text !== undefined) texts.push(decoded(text));
    else if (closing) {
      if (open.pop() !== name) throw new Error(`unexpected </${name}>`);
    } else if (!empty) open.push(name!);
  }
  if (position !== xml.length) throw new Error(`malformed near: ${xml.slice(position, position + 60)}`);
  if (open.length > 0) throw new Error(`unclosed: ${open.join(', ')}`);
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

function checkEntities(text: string): void {
  const stray = /&(?!(?:amp|lt|gt|quot|#39);)/.exec(text);
  if (stray) throw new Error(`unescaped & near: ${text.slice(stray.index, stray.index + 40)}`);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decoded(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!);
}

/**
 * A block of bytes of an exported page: base64 of gzip, in an element that no browser runs.
 * @throws Error for a block that the page does not have.
 */
export async function readBlock(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = [...document.querySelectorAll('script[data-block]')].find(
    (element) => element.getAttribute('data-block') === name,
  )?.textContent;
  if (text === undefined || text === null) throw new Error(`this page does not hold "${name}"`);
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

/** The same as text. */
export async function readText(name: string): Promise<string> {
  return new TextDecoder().decode(await readBlock(name));
}

/** A worker whose script is a block. */
export async function workerOf(name: string): Promise<Worker> {
  return workerOfScript(await readText(name));
}

/** A worker of a script that is at hand: pages from files may start no other. */
export function workerOfScript(script: string): Worker {
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  try {
    return new Worker(address);
  } finally {
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }
}

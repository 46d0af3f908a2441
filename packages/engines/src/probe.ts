// Starts the engine of a kind, from the file of its plugin, and prints what came of it as JSON: see `ProbeReport`. A
// process of its own, because a native library that cannot be loaded may take the process with it.
import { isUserError } from '@unfold-zoo/core';
import { Catalogue, loadPlugin } from '@unfold-zoo/core/config';
import { defaultEngines } from './default-engines.js';
import type { ProbeReport } from './probe-engine.js';

const [kind, file] = process.argv.slice(2) as [string, string];

async function probe(): Promise<ProbeReport> {
  const { plugin } = await loadPlugin(file, process.cwd());
  const { engine } = defaultEngines(new Catalogue([plugin])).find((each) => each.kind === kind)!;
  const isAvailable = (await engine.isAvailable?.()) ?? true;
  try {
    await engine.start();
    return { label: engine.label, ...(engine.details && { details: engine.details }), isAvailable };
  } catch (error) {
    return { problem: isUserError(error) ? error.message : String(error), isAvailable };
  }
}

process.stdout.write(`\n${JSON.stringify(await probe())}`);

// node dist/src/main.js <run> [port] [host]: serves the draws of a trained run, on this machine alone unless told
// otherwise.
import { openRun } from '@unfold-zoo/runs';
import { createServer } from './server.js';

const [folder, port = '8080', host = '127.0.0.1'] = process.argv.slice(2);
if (folder === undefined) throw new Error('missing run: give the folder of a trained run');

const run = await openRun(folder, { log: console });
const server = await createServer(run);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void shutDown());
console.log(`serving ${run.folder} on ${await server.listen({ port: Number(port), host })}`);

/** Takes no more requests, ends those that are in progress, and closes the run. */
async function shutDown(): Promise<void> {
  await server.close();
  await run.close();
}

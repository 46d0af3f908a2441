import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRun, openRun } from '@unfold-zoo/runs';
import { createServer, LIMITS } from '../src/server.js';

const folder = join(mkdtempSync(join(tmpdir(), 'unfold-server-')), 'run');

const EVENT = {
  jets: [
    { pt: 98.1, eta: 0.4, phi: 1.2, mass: 9.7, btag: 1 },
    { pt: 61.5, eta: -1.1, phi: -2.3, mass: 7.9, btag: 0 },
  ],
  lepton: { pt: 45.2, eta: -0.7, phi: 2.9, mass: 0.106, is_electron: 0 },
  met: { met: 38.4, phi: -0.5 },
};

before(async () => {
  const training = { batchSize: 8, steps: 2, validationEvents: 8, fineTune: { steps: 0 } };
  const run = await createRun({ extends: 'sample', engine: { kind: 'wasm' }, training }, { out: folder });
  await run.train();
  await run.close();
});

after(() => rmSync(join(folder, '..'), { recursive: true }));

async function ask(body: unknown, limits = LIMITS) {
  const run = await openRun(folder);
  const server = await createServer(run, limits);
  try {
    const reply = await server.inject({ method: 'POST', url: '/posterior', payload: body as object });
    return { status: reply.statusCode, body: reply.json() };
  } finally {
    await server.close();
    await run.close();
  }
}

test('an event is answered with as many draws of every particle as it asks for', async () => {
  const { status, body } = await ask({ events: [EVENT], draws: 7, seed: 3 });
  assert.equal(status, 200);
  const [{ particles, summary }] = body.events;
  assert.equal(Object.keys(particles).length, 11);
  assert.equal(particles.hadronic_top.pt.length, 7);
  assert.ok(summary.hadronic_top.pt.low <= summary.hadronic_top.pt.high);
});

test('the same request gets the same answer', async () => {
  const request = { events: [EVENT, EVENT], draws: 2 };
  assert.deepEqual(await ask(request), await ask(request));
});

test('wrong events are refused by the place of what is wrong', async () => {
  const jets = [EVENT.jets[0], { ...EVENT.jets[1], pt: '61.5' }];
  assert.deepEqual(await ask({ events: [{ ...EVENT, jets }] }), {
    status: 400,
    body: { error: 'body/events/0/jets/1/pt must be number' },
  });
  const { status, body } = await ask({ events: [{ ...EVENT, muon: EVENT.lepton }] });
  assert.equal(status, 400);
  assert.match(body.error, /additional properties/);
  assert.equal((await ask({ events: [] })).status, 400);
});

test('more draws, bytes or time than the limits are refused', async () => {
  assert.equal((await ask({ events: [EVENT], draws: LIMITS.draws + 1 })).status, 400);
  assert.equal((await ask({ events: [EVENT] }, { ...LIMITS, bytes: 100 })).status, 413);
  const { status, body } = await ask({ events: [EVENT], draws: 10_000 }, { ...LIMITS, seconds: 0.001 });
  assert.equal(status, 503);
  assert.match(body.error, /^out of time/);
});

test('the program serves on the loopback address, and ends in order on SIGTERM', async () => {
  const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, folder, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
  assert.ok(address, line);
  const reply = await fetch(`${address}/posterior`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events: [EVENT], draws: 1 }),
  });
  assert.equal(reply.status, 200);
  await reply.json();
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explore } from '@unfold-zoo/explore';
import test from 'ava';

/** A server of an empty folder. */
const started = explore({ folders: [mkdtempSync(join(tmpdir(), 'unfold-gate-'))] });

test.after.always(async () => (await started).close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request as anything might send it; `path` stands behind the token. */
async function send({ method = 'GET', path = '', headers = {}, body }: Sent) {
  const address = new URL((await started).address);
  return new Promise<{ readonly status: number; readonly headers: object; readonly text: string }>(
    (resolve, reject) => {
      const { port, pathname } = address;
      const sent = request({ port, host: '127.0.0.1', method, headers, path: `${pathname}${path}` }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    },
  );
}

test('the address is of this machine, with a token that nobody guesses', async (t) => {
  t.regex((await started).address, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
});

test('pages may load nothing but their own files, in no frame, and nothing is kept', async (t) => {
  const { status, headers } = await send({});
  t.is(status, 200);
  t.like(headers, {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  const policy = (headers as Record<string, string>)['content-security-policy']!;
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"])
    t.true(policy.includes(rule), rule);
  t.false(policy.includes('unsafe'));
});

test('what does not know the token is refused, with the same headers', async (t) => {
  const { address } = await started;
  for (const path of ['/', '/api/runs', `/${'0'.repeat(32)}/api/runs`, new URL(address).pathname.slice(0, -1)]) {
    const answer = await fetch(new URL(path, address));
    t.is(answer.status, 403, path);
    t.is(answer.headers.get('x-content-type-options'), 'nosniff');
  }
});

test('a name of another host that leads to this machine is refused', async (t) => {
  const { port } = new URL((await started).address);
  for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1:${Number(port) + 1}`])
    t.is((await send({ headers: { host } })).status, 403, host);
  t.is((await send({ headers: { host: `localhost:${port}` } })).status, 200);
});

test('requests of other sites are refused, but for a link that is followed', async (t) => {
  t.is((await send({ path: 'api/runs', headers: { origin: 'http://evil.example' } })).status, 403);
  t.is((await send({ path: 'api/runs', headers: { origin: 'null' } })).status, 403);
  const site = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
  t.is((await send({ path: 'api/runs', headers: site })).status, 403);
  const followed = { ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  t.is((await send({ headers: followed })).status, 200);
  t.is((await send({ method: 'POST', path: 'api/draw', headers: followed })).status, 403);
});

test('only GET, and POST of short JSON, are read', async (t) => {
  const json = { 'content-type': 'application/json' };
  t.is((await send({ method: 'DELETE', path: 'api/runs' })).status, 405);
  t.is((await send({ method: 'POST', path: 'api/runs', headers: json, body: '{}' })).status, 405);
  t.is((await send({ path: 'api/draw' })).status, 405);
  t.is((await send({ method: 'POST', path: 'api/draw', headers: { 'content-type': 'text/plain' } })).status, 415);
  t.is((await send({ method: 'POST', path: 'api/draw', headers: json, body: '[' })).status, 404);
  const large = JSON.stringify({ run: 'x'.repeat(70_000) });
  t.is((await send({ method: 'POST', path: 'api/draw', headers: json, body: large })).status, 413);
  const untold = { ...json, 'transfer-encoding': 'chunked' };
  t.is((await send({ method: 'POST', path: 'api/draw', headers: untold, body: large })).status, 413);
  t.is((await send({ path: `api/runs?${'x'.repeat(5000)}` })).status, 414);
});

test('no path of the disk is served, and no run outside of the folders', async (t) => {
  for (const path of ['../package.json', '%2e%2e/package.json', 'app.js/../../index.js', '/etc/passwd', 'index.html'])
    t.is((await send({ path })).status, 404, path);
  for (const run of ['..', '/etc', '../../', ''])
    t.is((await send({ path: `api/config?run=${encodeURIComponent(run)}` })).status, 404, run);
});

test('what is asked for is checked, and what is wrong with it is said', async (t) => {
  t.is((await send({ path: 'api/config' })).status, 422);
  t.is((await send({ path: 'api/config?run=a&more=b' })).status, 422);
  const { status, text } = await send({ path: `api/config?run=${'a'.repeat(100)}` });
  t.is(status, 422);
  t.regex(text, /run/);
});

test('folders that are not there are refused before anything is served', async (t) => {
  await t.throwsAsync(explore({ folders: ['no-such-folder'] }), { message: /missing no-such-folder/ });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext, type ImplementationFn } from 'ava';

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { timeout: 30_000 }).status === 0,
);

/** A test that needs Chromium; skipped, with the reason in its title, where there is none. */
export function browserTest(title: string, run: ImplementationFn<[]>): void {
  if (CHROMIUM) test.serial(title, run);
  else test.serial.skip(`${title} (skipped: there is no chromium or google-chrome on the path)`, run);
}

/** What a page says after a script of the test has run in it, and where Chromium tried to connect to meanwhile. */
export interface Visited {
  /** What the script returned. */
  readonly result: unknown;
  /** The page's requests, its own file not among them. */
  readonly requests: readonly string[];
}

/** Opens a page in headless Chromium and evaluates a function body in it. */
export function visit(t: ExecutionContext, html: string, script: string): Visited {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-browser-'));
  try {
    const probe = `<script>addEventListener('load', () => {
      const result = (() => { ${script} })();
      const pre = document.createElement('pre');
      pre.id = 'probe';
      pre.textContent = encodeURIComponent(JSON.stringify(result));
      document.body.append(pre);
    });</script></body>`;
    const page = join(folder, 'page.html');
    const log = join(folder, 'net.json');
    writeFileSync(
      page,
      html.replace('</body>', () => probe),
    );
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}/profile`];
    const quiet = [
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--host-resolver-rules=MAP * ~NOTFOUND',
    ];
    const args = [...flags, ...quiet, `--log-net-log=${log}`, '--dump-dom', pathToFileURL(page).href];
    const dom = execFileSync(CHROMIUM!, args, {
      encoding: 'utf8',
      timeout: 120_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const found = /<pre id="probe">([^<]*)<\/pre>/.exec(dom);
    t.truthy(found, 'the script of the test did not run');
    return {
      result: JSON.parse(decodeURIComponent(found![1]!)),
      requests: [...new Set(readFileSync(log, 'utf8').split('\n').flatMap(requestOf))],
    };
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 3 });
  }
}

/** The address that a line of Chromium's network log asks for on behalf of a page, but for the page itself. */
function requestOf(line: string): string[] {
  const [, initiator] = /"initiator":"([^"]*)"/.exec(line) ?? [];
  const [, url] = /"url":"([^"]+)"/.exec(line) ?? [];
  // What Chromium itself asks for has the initiator "not an origin".
  return url && initiator !== undefined && initiator !== 'not an origin' && !url.endsWith('/page.html') ? [url] : [];
}

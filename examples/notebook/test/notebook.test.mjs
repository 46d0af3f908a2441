import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../notebook.mjs', import.meta.url));

test('the script ends with a report and the picture of a posterior', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-notebook-'));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, '10', folder], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^step 10: loss \S+$/m);
    assert.match(stdout, /^true pt of the hadronic top .* \d+ of 200 events$/m);
    assert.match(stdout, /^mass of the hadronic top: mean \S+, median \S+/m);
    assert.ok(existsSync(join(folder, 'report/index.html')));
    assert.match(readFileSync(join(folder, 'hadronic-top-mass.svg'), 'utf8'), /^<svg /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

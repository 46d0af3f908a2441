import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What came of starting an engine. */
export interface ProbeReport {
  /** Of the engine, if it started. */
  readonly label?: string;
  /** More about what it runs on, e.g. where it was loaded from. */
  readonly details?: string;
  /** Why it did not. */
  readonly problem?: string;
  /** Whether what it needs is installed. */
  readonly isAvailable: boolean;
}

/** Starts an engine with its default options in a process of its own, from the file of its plugin, as from a folder. */
export async function probeEngine(kind: string, file: string, cwd: string = process.cwd()): Promise<ProbeReport> {
  const script = fileURLToPath(new URL('./probe.js', import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, kind, file], { cwd });
    // A library may print before.
    return JSON.parse(stdout.split('\n').at(-1)!) as ProbeReport;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return { problem: stderr?.trim() || message, isAvailable: true };
  }
}

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Rng } from '@unfold-zoo/core';
import { commands, type KilledCommand, writeInputs } from './commands.js';
import { WRITE_STEPS, type WriteSteps } from './die-at-write.js';

const UNFOLD = fileURLToPath(new URL('../../../packages/cli/bin/unfold.js', import.meta.url));
const DIE_AT_WRITE = new URL('die-at-write.js', import.meta.url);
/** A command on tiny sizes takes seconds; one that takes longer hangs. */
const MOST_SECONDS = 180;

/** One kill. The step at which it comes follows from these three alone. */
export interface Kill {
  readonly seed: number;
  readonly command: string;
  readonly number: number;
}

/** What came of a kill and of going on; `failure` says what was wrong about it. */
export interface KillOutcome {
  /** The step that was killed, of so many, and whether half of it was done. */
  readonly step: string;
  /** What the one that went on ended with: the command that succeeded, or "as it was" where all had been done. */
  readonly end: string;
  readonly failure?: string;
}

/** A command that was never killed. */
interface Reference {
  /** Numbers of the steps that change files, of each process. */
  readonly counts: readonly number[];
  readonly result: unknown;
}

/** Kills commands at steps that write, goes on as a user would, and compares the ends. */
export class Killer implements Disposable {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'unfold-kills-')));
  readonly #work = join(this.#folder, 'work');
  readonly #references = new Map<string, Reference>();

  async run({ seed, command: name, number }: Kill): Promise<KillOutcome> {
    const command = commandOf(name);
    const { counts, result } = await this.#referenceOf(command);
    const rng = new Rng(seed).fork(name).fork(String(number));
    const killAt = 1 + rng.integer(Math.max(...counts));
    const half = rng.uniform() < 0.5;
    this.#restore(command.after);
    const killed = await this.#unfold(command.args, { killAt, half });
    const step = `${half ? 'half of ' : ''}step ${killAt} of ${Math.max(...counts)}`;
    const trace = traceIn(killed);
    if (trace) return { step, end: 'killed', failure: trace };
    const lost = this.#lost(killed);
    if (lost) return { step, end: 'killed', failure: `it had reported ${lost}, which is not there` };
    return { step, ...(await this.#goOn(command, result)) };
  }

  /** Tries what a user would, and compares what is there in the end. */
  async #goOn(command: KilledCommand, expected: unknown): Promise<Omit<KillOutcome, 'step'>> {
    const refusals: string[] = [];
    for (const args of [...command.goOn, command.args]) {
      const ended = await this.#unfold(args, {});
      const end = `unfold ${args.join(' ')}`;
      const trace = traceIn(ended);
      if (trace) return { end, failure: trace };
      if (ended.code !== 0 && ended.code !== 2) return { end, failure: `exit code ${ended.code}: ${ended.stderr}` };
      if (ended.code === 2) refusals.push(ended.stderr.trim());
      else return { end, ...(await this.#compare(command, expected)) };
    }
    const difference = await this.#compare(command, expected);
    // What had been done before the kill is not done again.
    if (!difference.failure) return { end: 'as it was' };
    return { end: 'refused', failure: `${difference.failure}\n${refusals.join('\n')}` };
  }

  async #compare(command: KilledCommand, expected: unknown): Promise<{ readonly failure?: string }> {
    try {
      const found = await command.result(this.#work);
      return isDeepStrictEqual(found, expected) ? {} : { failure: 'the result differs' };
    } catch (error) {
      return { failure: `the result cannot be read: ${(error as Error).message}` };
    }
  }

  /** A file that a process said to have written, and has not. */
  #lost({ stderr }: Ended): string | undefined {
    const written = [...stderr.matchAll(/^(?:wrote|report:) (\S+)/gm)].map(([, path]) => path!);
    return written.find((path) => !existsSync(join(this.#work, path)) && !existsSync(path));
  }

  async #referenceOf(command: KilledCommand): Promise<Reference> {
    const known = this.#references.get(command.name);
    if (known) return known;
    if (command.after !== undefined) await this.#referenceOf(commandOf(command.after));
    this.#restore(command.after);
    const counts = join(this.#folder, `${command.name}.counts`);
    const { code, stderr } = await this.#unfold(command.args, { counts });
    if (code !== 0) throw new Error(`unfold ${command.args.join(' ')}: exit code ${code}\n${stderr}`);
    cpSync(this.#work, this.#kept(command.name), { recursive: true });
    const reference = {
      counts: readFileSync(counts, 'utf8').trim().split('\n').map(Number),
      result: await command.result(this.#work),
    };
    this.#references.set(command.name, reference);
    return reference;
  }

  #kept(name: string): string {
    return join(this.#folder, 'kept', name);
  }

  /** Sets the working directory to what a command left, at the same path always, since runs name theirs. */
  #restore(after: string | undefined): void {
    rmSync(this.#work, { recursive: true, force: true });
    if (after !== undefined) cpSync(this.#kept(after), this.#work, { recursive: true });
    else {
      mkdirSync(this.#work);
      writeInputs(this.#work);
    }
  }

  #unfold(args: readonly string[], steps: WriteSteps): Promise<Ended> {
    const env = {
      ...process.env,
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${DIE_AT_WRITE}`,
      [WRITE_STEPS]: JSON.stringify(steps),
    };
    return endOf(args, { cwd: this.#work, env });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

function endOf(
  args: readonly string[],
  where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: 1000 * MOST_SECONDS, killSignal: 'SIGTERM' } as const;
    const child = spawn(process.execPath, [UNFOLD, ...args], {
      ...where,
      ...limits,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr }));
  });
}

/** A stack trace that a user was shown. */
function traceIn({ stderr }: Ended): string | undefined {
  return /^ {4}at /m.test(stderr) ? `a stack trace: ${stderr}` : undefined;
}

function commandOf(name: string): KilledCommand {
  const command = commands.find((each) => each.name === name);
  if (!command) throw new Error(`unknown command ${name}: expected one of ${commands.map((each) => each.name)}`);
  return command;
}

import { EXIT } from '@unfold-zoo/core/exit-codes';
import { printable } from '@unfold-zoo/core/printable';
import { CommanderError } from 'commander';
import type { CommandList } from './command.js';
import { flagName } from './flag-name.js';
import { parseCommandLine } from './parse-command-line.js';
import { lostOutput, printWithoutFailing } from './standard-streams.js';

// Whatever takes time to load is imported when it is needed, so that --help and mistyped options answer at once.
/**
 * Runs a command line and sets the exit code: 0, 2 for the user's mistakes and what the system refuses, 130 after
 * Ctrl-C, else 1.
 */
export async function runCommandLine(commands: CommandList, argv: readonly string[]): Promise<void> {
  printWithoutFailing();
  try {
    const { command, options } = await parseCommandLine(commands, argv.slice(2));
    const { leaveWorkers, ownRank } = await import('@unfold-zoo/runs');
    if (!command.collective && ownRank() > 0) process.exit(EXIT.ok);
    await command.run(options);
    await leaveWorkers();
    if (command.onlyPrints) await checkPrinted();
  } catch (error) {
    // Commander has printed its own message, and --help and --version end this way too.
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    else await endAfter(error);
  }
}

async function endAfter(error: unknown): Promise<void> {
  const { endWorkers } = await import('@unfold-zoo/runs');
  process.exitCode = await report(error);
  await endWorkers(error, Number(process.exitCode));
}

/** Prints what is wrong, unless another worker does; returns the exit code. */
async function report(error: unknown): Promise<number> {
  const { isUserError } = await import('@unfold-zoo/core');
  const { systemErrorMessage } = await import('@unfold-zoo/core/files');
  const { CommonFailure } = await import('@unfold-zoo/core/workers');
  const { deferToRankZero, isToldByAnother, isUsersMistake } = await import('@unfold-zoo/runs');
  const refusal = systemErrorMessage(error);
  const exitCode = isUsersMistake(error) || refusal !== undefined ? EXIT.userError : EXIT.failed;
  if (isToldByAnother(error)) return exitCode;
  await deferToRankZero();
  process.stderr.write(`${printable(textOf(error))}\n`);
  return exitCode;

  function textOf(error: unknown): string {
    if (isUserError(error)) return error.messageNaming(flagName);
    if (error instanceof CommonFailure) return error.message;
    return refusal ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** What is only printed has come to nothing where the disk takes no more of it. */
async function checkPrinted(): Promise<void> {
  // A pipe tells of what it lost with the event after the write.
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  const error = lostOutput();
  if (!error) return;
  const { asWriteError } = await import('@unfold-zoo/core/files');
  throw asWriteError('standard output', error);
}

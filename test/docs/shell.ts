/**
 * The commands of a block of shell, each as words: comments, line continuations and variables before a command left
 * out.
 */
export function commandsOf(text: string): string[][] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return lines.map(words).filter((command) => command.length > 0);
}

function words(line: string): string[] {
  const tokens = [...line.matchAll(/#.*$|(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([token]) => token);
  const comment = tokens.findIndex((token) => token.startsWith('#'));
  const all = (comment < 0 ? tokens : tokens.slice(0, comment)).map((token) =>
    token.replaceAll(/['"]/g, (q) => (quotes(token, q) ? '' : q)),
  );
  const first = all.findIndex((token) => !/^[A-Z_]+=/.test(token));
  return first < 0 ? [] : all.slice(first);
}

// A quote within quotes of the other kind stays.
function quotes(token: string, quote: string): boolean {
  return token.match(/['"]/)?.[0] === quote;
}

/** What follows `unfold` where a command runs it in any of the ways there are; undefined for any other command. */
export function unfoldArguments(command: readonly string[]): string[] | undefined {
  const [first, ...rest] = command;
  if (first === 'unfold') return rest;
  if (first === 'mpirun' || first === 'srun') return unfoldArguments(rest.slice(rest.indexOf('unfold')));
  if (first === 'npx' && rest[0] === 'unfold') return rest.slice(1);
  const line = command.join(' ');
  const viaNpm = /^npm run (--silent )?unfold -- /.exec(line);
  if (viaNpm) return command.slice(command.indexOf('--') + 1);
  return line.startsWith('node packages/cli/bin/unfold.js') ? command.slice(2) : undefined;
}

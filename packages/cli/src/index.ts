/** The command `unfold` as a value, for whoever describes it or checks what would be typed. */
export { type CommandDescription, describeCommands } from './command-line/describe-commands.js';
export { type Invocation, type ParserOptions, parseCommandLine } from './command-line/parse-command-line.js';
export { COMMANDS } from './main.js';

/** The command `unfold` as a value, for whoever describes it checks what would be typed or runs it. */
export { type CommandDescription, describeCommands } from './command-line/describe-commands.js';
export { type Invocation, type ParserOptions, parseCommandLine } from './command-line/parse-command-line.js';
export { COMMANDS, main } from './main.js';

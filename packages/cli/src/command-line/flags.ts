import { EXIT } from '@unfold-zoo/core/exit-codes';
import { type OptionRow, optionRows, problemsOf } from '@unfold-zoo/core/options';
import { Argument, Option, type Command as Parser } from 'commander';
import { z } from 'zod';
import type { Command } from './command.js';
import { kebabCase } from './flag-name.js';

/** An option of a command as it is typed. */
export interface Flag extends OptionRow {
  /** Its key in the schema, in camelCase. */
  readonly key: string;
  /**
   * How it is typed: `-o, --out <folder>`; without a flag `<run>`, `[config]` for what may be left out, `<runs...>`.
   */
  readonly syntax: string;
  readonly isPositional: boolean;
  /** Whether it takes no value. */
  readonly isSwitch: boolean;
  /** Whether it may be typed several times. */
  readonly isList: boolean;
  /** What it is when left out, in words, where that is no value of the schema. */
  readonly defaultText: string | undefined;
  /** Whether it takes a number rather than text. */
  readonly isNumber: boolean;
  /** Whether a pattern in it stands for several files. */
  readonly isPattern: boolean;
}

/** The options of a command, positional ones first. */
export function flagsOf({ options, positional = [] }: Command): Flag[] {
  const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  const flags = optionRows(options).map((row) => flagOf(row, properties[row.name] as Schema, positional));
  return [...positional.map((key) => flags.find((flag) => flag.key === key)!), ...flags.filter(isTypedWithFlag)];
}

function isTypedWithFlag({ isPositional }: Flag): boolean {
  return !isPositional;
}

/** What a flag follows from: JSON Schema, and what `.meta()` adds. */
interface Schema {
  readonly type?: string;
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in help. */
  readonly placeholder?: string;
  readonly defaultText?: string;
  /** Whether it may be a pattern of names of files. */
  readonly isPattern?: boolean;
}

function flagOf(row: OptionRow, schema: Schema, positional: readonly string[]): Flag {
  const isPositional = positional.includes(row.name);
  const isSwitch = schema.type === 'boolean';
  const isList = schema.type === 'array';
  return {
    ...row,
    key: row.name,
    // A switch is left as it is, and a list empty, unless it is typed.
    default: isSwitch || isList ? undefined : row.default,
    description: isSwitch && schema.default === true ? `leave out ${row.description}` : row.description,
    syntax: isPositional ? positionalSyntax(row, schema) : flagSyntax(row.name, schema),
    isPositional,
    isSwitch,
    isList,
    defaultText: schema.defaultText,
    isNumber: takesNumbers(schema),
    isPattern: schema.isPattern === true,
  };
}

function positionalSyntax({ name, isRequired }: OptionRow, { type }: Schema): string {
  const text = type === 'array' ? `${name}...` : name;
  return isRequired ? `<${text}>` : `[${text}]`;
}

function flagSyntax(name: string, schema: Schema): string {
  const long = kebabCase(name);
  if (schema.type === 'boolean') return schema.default === true ? `--no-${long}` : withShort(`--${long}`, schema);
  return withShort(`--${long} <${schema.placeholder ?? (takesNumbers(schema) ? 'n' : long)}>`, schema);
}

function withShort(flag: string, { short }: Schema): string {
  return short === undefined ? flag : `-${short}, ${flag}`;
}

function takesNumbers({ type, anyOf = [] }: Schema): boolean {
  return type === 'number' || type === 'integer' || anyOf.some(takesNumbers);
}

/** Adds the options of a command to its parser, which keeps their text as it is typed. */
export function addFlags(parser: Parser, flags: readonly Flag[]): void {
  for (const flag of flags) {
    if (flag.isPositional) parser.addArgument(new Argument(flag.syntax, helpText(flag)));
    else parser.addOption(commanderOption(flag));
  }
  if (flags.some(({ isPattern }) => isPattern))
    parser.configureOutput({ outputError: (text, write) => write(text.replace(TOO_MANY, SEVERAL_FILES)) });
}

/** What is said of files that the shell has made of a pattern. */
const TOO_MANY = /^(error: too many arguments .*)\.$/m;
const SEVERAL_FILES = "$1; several files are one argument: a pattern in quotes, 'data/*.root', or their folder";

function commanderOption(flag: Flag): Option {
  const option = new Option(flag.syntax, helpText(flag)).makeOptionMandatory(flag.isRequired);
  if (flag.isList) option.argParser((text: string, before: readonly string[] = []) => [...before, text]);
  return option;
}

/**
 * The options that a parser has read, checked by the schema of the command and with its defaults.
 * @throws CommanderError after printing what is wrong.
 */
export function checkedOptions(parser: Parser, command: Command, flags: readonly Flag[]): Record<string, unknown> {
  const typed = valuesOf(parser, flags);
  const { success, data, error } = command.options.safeParse(typed);
  if (success) return data;
  const lines = problemsOf(error.issues, typed).map(({ path: [key], text }) => {
    const flag = flags.find((each) => each.key === key);
    // What is wrong with several together says so itself.
    return `error: ${flag ? `invalid ${nameOf(flag)}: ` : ''}${text}`;
  });
  return parser.error(lines.join('\n'), { exitCode: EXIT.userError, code: 'unfold.invalidOption' });
}

function valuesOf(parser: Parser, flags: readonly Flag[]): Record<string, unknown> {
  const options = parser.opts<Record<string, unknown>>();
  const positional = flags.filter(({ isPositional }) => isPositional);
  const values = flags.map((flag) => {
    const place = positional.indexOf(flag);
    return [flag.key, typedValue(place < 0 ? options[flag.key] : parser.processedArgs[place], flag)] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Numbers as such; what is none is left to the schema, which says what is right. */
function typedValue(typed: unknown, { isNumber }: Flag): unknown {
  if (!isNumber || typeof typed !== 'string' || typed.trim() === '') return typed;
  const number = Number(typed);
  return Number.isNaN(number) ? typed : number;
}

/** A flag in a message: `--draws`, or `<run>`. */
function nameOf({ syntax, isPositional }: Flag): string {
  return isPositional ? syntax : /--[a-z-]+/.exec(syntax)![0];
}

/** What an option takes, its type and its default, in a line of help. */
export function helpText(flag: Flag): string {
  const { description } = flag;
  const notes = [typeNote(flag), defaultNote(flag)].filter((note) => note !== '');
  return notes.length > 0 ? `${description} (${notes.join('; ')})` : description;
}

function typeNote({ type, isSwitch, isList }: Flag): string {
  if (isList) return 'may be repeated';
  return isSwitch || UNSAID.has(type) ? '' : type;
}

function defaultNote({ default: value, defaultText }: Flag): string {
  const shown = defaultText ?? value;
  return shown === undefined ? '' : `default: ${shown}`;
}

/** Types that the placeholder of a flag says. */
const UNSAID: ReadonlySet<string> = new Set(['text', 'file']);

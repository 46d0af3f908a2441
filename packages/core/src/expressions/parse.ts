import { expressionError } from './expression-error.js';
import type { BinaryOperator, Syntax } from './syntax.js';
import { type ExpressionToken, tokensOf } from './tokens.js';

/** How deep calls, brackets and signs may be nested. */
export const DEEPEST_EXPRESSION = 40;

/** Operators of one strength, the weakest first. All join from the left; comparisons do not join at all. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and'],
  ['<', '<=', '>', '>=', '==', '!='],
  ['+', '-'],
  ['*', '/'],
];
const COMPARISON = 2;

/** Other spellings of operators. */
const SPELLINGS: Readonly<Record<string, BinaryOperator>> = { '&&': 'and', '||': 'or' };

/**
 * Parses an expression such as `abs(y(ttbar))`; the names in it are not looked up. Recursive descent: numbers, names,
 * calls, `list[0]`, `object.feature`, `^`, signs, `* /`, `+ -`, comparisons, `not`, `and`, `or`, from the strongest to
 * the weakest. `!`, `&&` and `||` are read as `not`, `and` and `or`; a name between backticks may have any character.
 * @throws UserError that says at which column what was expected; also for an expression that is too long or too deep.
 */
export function parseExpression(text: string): Syntax {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly ExpressionToken[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  parse(): Syntax {
    const whole = this.#level(0);
    if (this.#token.type !== 'end') throw this.#unexpected('an operator or the end');
    return whole;
  }

  get #token(): ExpressionToken {
    return this.#tokens[this.#next]!;
  }

  #level(level: number): Syntax {
    const operators = LEVELS[level];
    if (!operators) return this.#signed();
    if (level === COMPARISON && this.#token.type === 'name' && this.#token.text === 'not')
      return this.#sign('not', () => this.#level(COMPARISON));
    let left = this.#level(level + 1);
    for (let found = this.#operator(operators); found; found = this.#operator(operators)) {
      left = { type: 'pair', ...found, left, right: this.#level(level + 1) };
      if (level === COMPARISON) break;
    }
    return left;
  }

  #operator(operators: readonly BinaryOperator[]): { operator: BinaryOperator; column: number } | undefined {
    const { text, column, type } = this.#token;
    const spelled = SPELLINGS[text] ?? text;
    const operator = type === 'quoted' ? undefined : operators.find((each) => each === spelled);
    if (!operator) return undefined;
    this.#next++;
    return { operator, column };
  }

  #signed(): Syntax {
    if (this.#isSign('-')) return this.#sign('-', () => this.#signed());
    if (this.#isSign('!')) return this.#sign('not', () => this.#signed());
    return this.#power();
  }

  #sign(operator: '-' | 'not', parseOperand: () => Syntax): Syntax {
    const { column } = this.#token;
    this.#next++;
    return this.#nested(() => ({ type: 'sign', operator, column, operand: parseOperand() }));
  }

  /** Joins from the right, and stronger than a sign before it: -x^2 is -(x^2). */
  #power(): Syntax {
    const left = this.#followed();
    const { column } = this.#token;
    if (!this.#takes('^')) return left;
    return this.#nested(() => ({ type: 'pair', operator: '^', column, left, right: this.#signed() }));
  }

  /** A value with what follows it: `jets[0]`, `lepton.charge`. */
  #followed(): Syntax {
    let value = this.#value();
    for (;;) {
      const { column } = this.#token;
      if (this.#takes('[')) value = { type: 'element', list: value, index: this.#index(), column };
      else if (this.#takes('.')) value = { type: 'feature', object: value, name: this.#name('a feature'), column };
      else return value;
    }
  }

  #value(): Syntax {
    const { type, text, column } = this.#token;
    if (type === 'number') {
      this.#next++;
      return { type: 'number', value: Number(text), column };
    }
    if (this.#takes('(')) return this.#inBrackets();
    const name = this.#name('a number, a name or "("');
    if (!this.#takes('(')) return { type: 'name', name, column };
    return this.#nested(() => ({ type: 'call', name, column, parameters: this.#parameters() }));
  }

  #inBrackets(): Syntax {
    const inside = this.#nested(() => this.#level(0));
    this.#expect(')');
    return inside;
  }

  #parameters(): Syntax[] {
    const parameters: Syntax[] = [];
    if (this.#takes(')')) return parameters;
    do parameters.push(this.#level(0));
    while (this.#takes(','));
    this.#expect(')', '"," or ")"');
    return parameters;
  }

  #index(): Syntax {
    const index = this.#nested(() => this.#level(0));
    this.#expect(']');
    return index;
  }

  #name(expected: string): string {
    const { type, text } = this.#token;
    const isName = type === 'quoted' || (type === 'name' && !['and', 'or', 'not'].includes(text));
    if (!isName) throw this.#unexpected(expected);
    this.#next++;
    return text;
  }

  #isSign(sign: string): boolean {
    return this.#token.type === 'sign' && this.#token.text === sign;
  }

  #takes(sign: string): boolean {
    if (!this.#isSign(sign)) return false;
    this.#next++;
    return true;
  }

  #expect(sign: string, expected = `"${sign}"`): void {
    if (!this.#takes(sign)) throw this.#unexpected(expected);
  }

  #nested<T>(parse: () => T): T {
    if (this.#depth >= DEEPEST_EXPRESSION) {
      const detail = `it is nested more than ${DEEPEST_EXPRESSION} deep`;
      throw expressionError(this.#text, this.#token.column, detail);
    }
    this.#depth++;
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  #unexpected(expected: string): Error {
    const { text, column, type } = this.#token;
    const got = type === 'end' ? 'it ends' : `got "${text}"`;
    return expressionError(this.#text, column, `expected ${expected}, ${type === 'end' ? 'but ' : ''}${got}`);
  }
}

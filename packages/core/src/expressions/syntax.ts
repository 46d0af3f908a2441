/** Signs and words that join two values; `&&` and `||` are read as `and` and `or`. */
export type BinaryOperator = '+' | '-' | '*' | '/' | '^' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'and' | 'or';

/** A part of an expression, with the column, from 1, where it stands. */
export type Syntax = { readonly column: number } & (
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'call'; readonly name: string; readonly parameters: readonly Syntax[] }
  | { readonly type: 'element'; readonly list: Syntax; readonly index: Syntax }
  | { readonly type: 'feature'; readonly object: Syntax; readonly name: string }
  | { readonly type: 'sign'; readonly operator: '-' | 'not'; readonly operand: Syntax }
  | { readonly type: 'pair'; readonly operator: BinaryOperator; readonly left: Syntax; readonly right: Syntax }
);

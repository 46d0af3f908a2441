import type { Table, TableRow } from '@unfold-zoo/core/findings';

const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '"': "''",
  '†': '\\textsuperscript{\\dag}',
  '±': '\\ensuremath{\\pm}',
  '×': '\\ensuremath{\\times}',
  '−': '\\ensuremath{-}',
  '–': '--',
  '—': '---',
};
const GREEK = {
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
  delta: 'δ',
  epsilon: 'ε',
  eta: 'η',
  theta: 'θ',
  lambda: 'λ',
  mu: 'μµ',
  nu: 'ν',
  pi: 'π',
  rho: 'ρ',
  sigma: 'σ',
  tau: 'τ',
  phi: 'φϕ',
  chi: 'χ',
  psi: 'ψ',
  omega: 'ω',
  Delta: 'Δ',
  Sigma: 'Σ',
  Omega: 'Ω',
} as const;
const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Accents that follow their letter in Unicode and precede it in LaTeX. */
const ACCENTS: Readonly<Record<string, string>> = {
  '\u0304': '\\bar',
  '\u0305': '\\bar',
  '\u0302': '\\hat',
  '\u0303': '\\tilde',
};

/**
 * Text as LaTeX prints it, in one line: special characters escaped, Greek letters, indices, bars and the signs of our
 * tables in mathematics. Anything else that is not Latin stays as it is, for engines that read Unicode.
 */
export function latexText(text: string): string {
  const letters = [
    ...text
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .normalize('NFD')
      .matchAll(/(\P{M})(\p{M}*)/gu),
  ];
  return letters
    .map(([, letter, accents]) => accented(letter!, accents!))
    .join('')
    .normalize('NFC');
}

function accented(letter: string, accents: string): string {
  const commands = [...accents].map((accent) => ACCENTS[accent]);
  if (accents === '' || commands.includes(undefined)) return symbol(letter) + accents;
  return `\\ensuremath{${commands.reduce((inner, command) => `${command}{${inner}}`, letter)}}`;
}

function symbol(letter: string): string {
  const greek = Object.entries(GREEK).find(([, letters]) => letters.includes(letter));
  if (greek) return `\\ensuremath{\\${greek[0]}}`;
  if (SUBSCRIPTS.includes(letter)) return `\\ensuremath{_{${SUBSCRIPTS.indexOf(letter)}}}`;
  if (SUPERSCRIPTS.includes(letter)) return `\\ensuremath{^{${SUPERSCRIPTS.indexOf(letter)}}}`;
  return ESCAPED[letter] ?? letter;
}

/**
 * A floating table for LaTeX with the packages booktabs and graphicx, shrunk to the width of the text where it is
 * wider, the best of our models bold, notes below. `label` is what \ref calls it.
 */
export function latexTable({ title, heading, columns, rows, notes }: Table, label?: string): string {
  const line = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`;
  return [
    '\\begin{table}',
    '\\centering',
    `\\caption{${latexText(title)}${label === undefined ? '' : `\\label{${label}}`}}`,
    '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `\\begin{tabular}{l${'r'.repeat(columns.length)}}`,
    '\\toprule',
    line([heading, ...columns.map(({ label }) => label)].map(latexText)),
    '\\midrule',
    ...rows.flatMap((row, i) => [
      ...(i > 0 && row.origin !== rows[i - 1]!.origin ? ['\\midrule'] : []),
      line([latexText(row.label), ...cellsOf(row)]),
    ]),
    '\\bottomrule',
    '\\end{tabular}}',
    ...notes.map((note) => `\\par\\smallskip{\\footnotesize ${latexText(note)}}`),
    '\\end{table}',
    '',
  ].join('\n');
}

function cellsOf({ cells, best }: TableRow): string[] {
  return cells.map((cell, i) => (best?.[i] ? `\\textbf{\\boldmath ${latexText(cell)}}` : latexText(cell)));
}

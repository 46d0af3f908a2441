// What Biome cannot tell because it takes types: promises that nobody waits for, and switches that leave a case out.
// One program of all files (tsconfig.lint.json), for one of each package reads the same libraries a dozen times.
import { parser, plugin } from 'typescript-eslint';

// Both runners wait for a test without being told to.
const tests = { from: 'package', name: ['test'], package: 'node:test' };

export default [
  { ignores: ['**/dist/', 'coverage/', 'website/', 'test/quiet.js'] },
  {
    files: ['packages/*/src/**/*.{ts,tsx}', 'examples/**/*.ts', 'test/**/*.{ts,mjs}', '{bench,scripts}/**/*.mjs'],
    languageOptions: {
      parser,
      parserOptions: { project: 'tsconfig.lint.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { types: plugin },
    rules: {
      'types/await-thenable': 'error',
      'types/no-floating-promises': ['error', { allowForKnownSafeCalls: [tests] }],
      'types/no-misused-promises': 'error',
      'types/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
];

import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Type-checked lint, no waivers: a rule that is wrong for us is changed here, with its reason, never switched off in a file. */
export default tseslint.config(
  {
    ignores: [
      'dist',
      'node_modules',
      'data',
      'test/artifacts',
      // AssemblyScript has its own types: its compiler checks it.
      'bandit/linalg/assembly',
      '**/*.js',
      '**/*.cjs',
      '**/*.mjs',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.browser.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Numbers and booleans print the same everywhere; writing String(n) around each only hides the sentence.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `a[i]!` is how dense typed-array kernels are read under noUncheckedIndexedAccess: the loop bound is the proof.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A closed union with a default for wire input is deliberate.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // `asId<MemberId>(text)` is a cast with a name: its type parameter stands for where the value goes.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'No default exports: a thing has one name everywhere.',
        },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'Chance is an argument: take an Rng.',
        },
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Time is an argument: take a Clock.',
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config.ts reads the environment.' },
      ],
    },
  },
  {
    files: [
      'src/config.ts',
      'core/clock.ts',
      'test/**',
      'scripts/**',
      'benchmarks/**',
      '**/*.test.ts',
      '**/*.contract.ts',
      '*.config.ts',
    ],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
);

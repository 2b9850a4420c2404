import js from '@eslint/js';
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

// The boundary rule reads nx's graph from its cache, and checks nothing when there is none: make it current first.
process.env.NX_DAEMON ??= 'false';
await createProjectGraphAsync({ exitOnError: false });

const LEAF_AND_BASE = ['layer:leaf', 'layer:base'];

/** Who may import whom: docs/decisions/0002-layers.md. */
const LAYERS = [
  { sourceTag: 'layer:leaf', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'layer:base', onlyDependOnLibsWithTags: ['layer:leaf'] },
  { sourceTag: 'name:kubernetes', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'layer:runtime', onlyDependOnLibsWithTags: LEAF_AND_BASE },
  { sourceTag: 'layer:sdk', onlyDependOnLibsWithTags: ['name:core', 'name:expression', 'layer:runtime'] },
  { sourceTag: 'layer:server', onlyDependOnLibsWithTags: [] },
  {
    sourceTag: 'layer:harness',
    onlyDependOnLibsWithTags: [...LEAF_AND_BASE, 'layer:runtime', 'layer:sdk', 'layer:server'],
  },
];

/** Sources of a module know the SDK only; its tests also the test kit. */
const MODULE_SOURCES = {
  sourceTag: 'layer:module',
  onlyDependOnLibsWithTags: ['layer:sdk'],
  bannedExternalImports: ['zod', 'zod/*', '@grpc/*', '@kubernetes/*'],
};
const MODULE_TESTS = { ...MODULE_SOURCES, onlyDependOnLibsWithTags: ['layer:sdk', 'name:testing'] };

/** The third-party packages that the sources of each project may use, with everything below their names. */
const THIRD_PARTY = Object.entries({
  core: ['ajv', 'ajv-formats'],
  proto: ['@bufbuild/protobuf', '@grpc/grpc-js'],
  expression: ['re2js'],
  engine: [],
  transport: ['@grpc/grpc-js'],
  api: [],
  graph: [],
  kubernetes: ['@kubernetes/client-node', 'undici', 'yaml'],
  operator: ['pino', 'prom-client', 'semver', '@opentelemetry/*'],
  sdk: ['zod'],
  'control-plane': [
    'lmdb',
    '@marcbachmann/cel-js',
    'yaml',
    '@bufbuild/protobuf',
    '@peculiar/x509',
    'reflect-metadata',
    're2js',
  ],
  testing: ['yaml'],
  cli: ['commander', 'yaml', '@peculiar/x509'],
}).map(([name, packages]) => ({
  sourceTag: `name:${name}`,
  allowedExternalImports: packages.flatMap((allowed) => [allowed, `${allowed}/*`]),
}));

const boundaries = (depConstraints, options = {}) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    banTransitiveDependencies: false,
    // A dynamic import somewhere does not make every other import of that package wrong: nothing is split here.
    checkDynamicDependenciesExceptions: ['.*'],
    depConstraints,
    ...options,
  },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/src/gen/**',
      '**/node_modules/**',
      '.nx/**',
      '.tinysystems/**',
      '.cache/**',
      '.bench/**',
      '.faults/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['packages/*/tsconfig.json', 'modules/*/tsconfig.json', 'tsconfig.test.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaries([...LAYERS, MODULE_SOURCES, ...THIRD_PARTY]),
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      'max-depth': ['error', 4],
      'max-params': ['error', 4],
      complexity: ['error', 18],
      'max-lines': ['error', { max: 420 }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/src/**/*.ts'],
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'No default exports: export by name.' },
        { selector: 'ExportAllDeclaration', message: 'No export *: re-export by name.' },
      ],
    },
  },
  {
    // Programs people run and tests may print; tests read loosely typed answers of foreign servers.
    files: ['**/test/**/*.ts', 'test/**/*.ts', 'tools/**/*.ts', 'packages/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/test/**/*.ts', 'test/**/*.ts'],
    rules: {
      // Tests see their own package as its users do, by name.
      '@nx/enforce-module-boundaries': boundaries([...LAYERS, MODULE_TESTS], {
        allowCircularSelfDependency: true,
      }),
      'max-lines': 'off',
      'max-params': 'off', // rows of it.each
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'setInterval', 'clearInterval'].map((name) => [name, 'readonly']),
      ),
    },
  },
  prettier,
);

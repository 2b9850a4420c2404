// One configuration for every suite: sources as they are (no build), native ESM, swc only strips types.
export default {
  testMatch: [
    '<rootDir>/{packages,modules}/*/test/**/*.spec.ts',
    '<rootDir>/test/**/*.spec.ts',
    '<rootDir>/tools/**/*.spec.ts',
  ],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.cache/', '<rootDir>/.tinysystems/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript', explicitResourceManagement: true } },
        module: { type: 'es6' },
      },
    ],
  },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@tinysystems/source', 'node', 'node-addons'] },
  testTimeout: 20_000,
  workerIdleMemoryLimit: '1GB',
};

// Four kinds of tests: unit (*.spec.ts, no I/O), integration (*.int-spec.ts, one real server), kafka (*.kafka-spec.ts, a broker
// as well), e2e (test/*.e2e-spec.ts, the whole).
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { ...JSON.parse(require('node:fs').readFileSync('./.swcrc', 'utf8')), exclude: [], swcrc: false },
  ],
};
const base = { testEnvironment: 'node', transform, roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'] };
const ignored = ['/node_modules/', '/dist/', '/test/bench/'];

/** @type {import('jest').Config} */
module.exports = {
  maxWorkers: 2,
  // For all kinds: a project cannot have its own. A server takes seconds to start on a busy machine.
  testTimeout: 120_000,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['**/*.spec.ts'], testPathIgnorePatterns: ignored },
    {
      ...base,
      displayName: 'integration',
      testMatch: ['**/*.int-spec.ts'],
      testPathIgnorePatterns: ignored,
      globalSetup: '<rootDir>/test/support/start-postgres.ts',
      globalTeardown: '<rootDir>/test/support/stop-postgres.ts',
    },
    {
      ...base,
      displayName: 'kafka',
      testMatch: ['**/*.kafka-spec.ts'],
      testPathIgnorePatterns: ignored,
      globalSetup: '<rootDir>/test/support/start-kafka.ts',
      globalTeardown: '<rootDir>/test/support/stop-kafka.ts',
    },
    {
      ...base,
      displayName: 'e2e',
      testMatch: ['**/*.e2e-spec.ts'],
      testPathIgnorePatterns: ignored,
      globalSetup: '<rootDir>/test/support/start-postgres.ts',
      globalTeardown: '<rootDir>/test/support/stop-postgres.ts',
    },
  ],
};

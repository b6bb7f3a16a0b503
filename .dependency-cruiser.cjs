/** Imports run one way: core ← bandit, features ← feedback ← src; dashboards → core, bandit/evaluation, the analytics port. */
const folders = ['core', 'bandit', 'features', 'feedback', 'dashboards', 'src', 'demo'];
const may = {
  core: [],
  bandit: ['core'],
  features: ['core', 'bandit'],
  feedback: ['core', 'bandit', 'features'],
  demo: ['core', 'features'],
};
const rules = Object.entries(may).map(([from, to]) => ({
  name: `${from}-imports-only-${to.join('-') || 'nothing'}`,
  severity: 'error',
  from: { path: `^${from}/`, pathNot: '\\.(test|contract|fixture)\\.ts$' },
  to: { path: `^(${folders.filter((f) => f !== from && !to.includes(f)).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...rules,
    {
      name: 'dashboards-read-only-ports',
      comment: 'Pages and statistics never reach into serving or learning.',
      severity: 'error',
      from: { path: '^dashboards/', pathNot: '\\.(test|contract|fixture)\\.ts$' },
      to: {
        path: '^(src|demo|features|feedback|bandit)/',
        pathNot: '^(bandit/evaluation/|feedback/analytics/analytics\\.ts)',
      },
    },
    {
      name: 'adapters-only-in-adapters',
      comment: 'Only src/adapters.ts names an adapter.',
      severity: 'error',
      from: {
        pathNot:
          '(^src/adapters\\.ts$|\\.(test|contract|fixture)\\.ts$|^test/|^benchmarks/|^scripts/|/(memory|lmdb|redis|embedded|kafka|chdb|clickhouse)/)',
      },
      to: {
        path: '^(features/key-value|features/announcements|feedback/event-log|feedback/analytics)/(memory|lmdb|redis|embedded|kafka|chdb|clickhouse)/',
      },
    },
    {
      name: 'adapters-chosen-in-compose',
      comment:
        'Services are put together in src/compose.ts; a command that administers one adapter opens that alone.',
      severity: 'error',
      from: {
        pathNot:
          '(^src/compose\\.ts$|^src/administration/|\\.(test|contract|fixture)\\.ts$|^test/|^benchmarks/)',
      },
      to: { path: '^src/adapters\\.ts$' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules|data)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

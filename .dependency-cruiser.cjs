/**
 * Imports point one way: contracts ◀ extension-package ◀ node-storage; contracts ◀ catalog; contracts ◀ event-log;
 * service-kit imports contracts; nobody imports an app; `testing` only from tests.
 */
const spec = '(\\.spec\\.ts$|^e2e/|^bench/|^(libs|apps)/[^/]+/src/(spec|conformance)/)';

/** The libraries that each library may import, itself aside. */
const allowed = {
  contracts: [],
  'embedded-postgres': ['contracts'],
  'local-kafka': ['contracts'],
  'extension-package': ['contracts'],
  'node-storage': ['contracts', 'extension-package'],
  catalog: ['contracts'],
  'event-log': ['contracts'],
  'service-kit': ['contracts'],
  testing: ['embedded-postgres', 'local-kafka'],
};

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'nobody-imports-an-app',
      comment: 'an app is started, never imported; only its own files and its tests know it',
      severity: 'error',
      from: { path: '^(libs|apps)/([^/]+)/' },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$2/' },
    },
    {
      name: 'testing-only-from-tests',
      severity: 'error',
      from: { pathNot: `${spec}|^libs/testing/` },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'kafkajs-only-in-the-event-log',
      severity: 'error',
      from: { pathNot: '^libs/event-log/src/kafka/' },
      to: { path: 'node_modules/kafkajs' },
    },
    ...Object.entries(allowed).map(([library, targets]) => ({
      name: `${library}-imports-only-what-stands-before-it`,
      severity: 'error',
      from: { path: `^libs/${library}/src/`, pathNot: spec },
      to: { path: '^libs/', pathNot: `^libs/(${[library, ...targets].join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/.*\\.spec\\.' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};

import { refusal } from './open-api.js';

const UPLOAD_REMOVED = ['the upload was removed from staging'];

/** Refusals as the API's description shows them. */
export const REFUSED_UPLOAD = refusal(400, 'Bad Request', [
  {
    code: 'empty-body',
    detail: 'the request carries no zip',
    remedy: 'Send the zip as the body: curl --data-binary @package.zip',
    step: 'receive',
  },
  { code: 'form-without-file', detail: 'the form holds no file', step: 'receive' },
]);

export const REFUSED_TOO_LARGE = refusal(413, 'Payload Too Large', [
  {
    code: 'zip-too-large',
    detail: 'the zip is larger than 536870912 bytes',
    limit: 536870912,
    actual: 600000000,
    remedy: 'Make the package smaller, or raise MUSTER_MAX_ZIP_BYTES on the import-service.',
    step: 'receive',
  },
  {
    code: 'too-many-packages',
    detail: 'one import takes 200 packages at most',
    limit: 200,
    actual: 201,
    remedy: 'Import them in several parts, those that others need first; or raise MUSTER_MAX_PACKAGES.',
    step: 'check',
  },
  {
    code: 'import-too-large',
    detail: 'the packages of this import together would unpack to more than 4294967296 bytes',
    limit: 4294967296,
    actual: 5000000000,
    remedy: 'Import them in several parts, those that others need first; or raise MUSTER_MAX_IMPORT_BYTES.',
    step: 'check',
  },
]);

export const REFUSED_PACKAGE = refusal(422, 'Unprocessable Entity', [
  {
    code: 'zip-slip',
    detail: 'the entry "../evil.jar" would be written outside of the extension',
    remedy: 'Build the package again with a common zip tool.',
    step: 'check',
    undone: UPLOAD_REMOVED,
  },
  {
    code: 'hook-failed',
    detail: 'the deploy hook exited 3: "licence missing"',
    remedy: 'Mend what the hook complains about, in the package or on this node, and import again.',
    step: 'deploy',
    undone: ['put back Autocomplete 1.0.36', 'ran the deploy hook of Autocomplete 1.0.36', ...UPLOAD_REMOVED],
  },
]);

/** Holds, which keep off every change. */
const HELD = [
  {
    code: 'frozen',
    detail: 'the catalog was frozen by local at 2026-11-24T08:00:00.000Z and takes no change: closing of the month',
    remedy: 'DELETE /freeze ends it; ask who set it first.',
    step: 'receive',
  },
  {
    code: 'node-paused',
    detail:
      'node-1, on which this service makes its changes, was paused by local at 2026-11-24T08:00:00.000Z and takes nothing: new memory',
    remedy: 'DELETE /nodes/node-1/pause resumes it; or send this to another origin.',
    step: 'receive',
  },
];

export const REFUSED_BY_CATALOG = refusal(409, 'Conflict', [
  ...HELD,
  {
    code: 'entity-owned',
    detail: 'the Widget "autocomplete" belongs to the extension "Autocomplete"',
    remedy: 'Rename it in this package, or remove "Autocomplete" first.',
    step: 'plan',
    undone: UPLOAD_REMOVED,
  },
  {
    code: 'version-exists',
    detail: '"Autocomplete" 1.0.37 is installed already, with other bytes',
    remedy: 'Give the package a new version, or take these bytes in place of those with ?force=true.',
    step: 'plan',
    undone: UPLOAD_REMOVED,
  },
  {
    code: 'version-lower',
    detail: 'a newer version of "Autocomplete" is installed already: 1.0.38, and this is 1.0.37',
    remedy: 'Take the lower version with ?allowDowngrade=true, or roll back to a version that was installed before.',
    step: 'plan',
    undone: UPLOAD_REMOVED,
  },
  {
    code: 'not-allowed',
    detail: 'MUSTER_ALLOW_JAR_RESOURCES is off, and "Needy" brings a resource of that kind: lib/common/needy.jar',
    remedy:
      'Set MUSTER_ALLOW_JAR_RESOURCES=yes on the import-service while this package is imported, or build it without.',
    step: 'plan',
    undone: UPLOAD_REMOVED,
  },
  {
    code: 'dependency-missing',
    detail: '"Needy" needs "Base" 1.2.0, which is not installed',
    remedy: 'Import "Base" 1.2.0 or later first.',
    step: 'plan',
    undone: UPLOAD_REMOVED,
  },
  {
    code: 'not-all-ready',
    detail:
      '2 of 3 nodes got ready within 60 s, and nothing was changed on any node: node-3: disk-full: 12 MiB are free, and 300 MiB are needed',
    limit: '60 s',
    actual: '2 of 3 nodes ready',
    remedy: 'Clear the reasons and import again, or import without activate=together.',
    step: 'ready',
    nodes: [{ node: 'node-3', state: 'failed', code: 'disk-full', reason: '…', since: '2026-11-24T08:00:12.000Z' }],
  },
  {
    code: 'proposal-void',
    detail: 'the proposal 7d1c… came to nothing: anna called it off',
    step: 'ready',
  },
]);

export const REFUSED_REMOVAL = refusal(409, 'Conflict', [
  ...HELD,
  {
    code: 'has-dependants',
    detail: '"Base" is needed by "Needy"',
    remedy: 'Remove "Needy" first, or all of them together as one revision with ?cascade=true.',
    step: 'plan',
    blockers: [{ extension: 'Needy', version: '1.0.0', needs: [{ name: 'Base', version: '1.2.0' }] }],
  },
]);

export const REFUSED_BUSY = refusal(429, 'Too Many Requests', [
  { code: 'too-many-imports', detail: '2 imports run on this service already', limit: 2, actual: 3, step: 'receive' },
]);

export const REFUSED_NOT_NOW = refusal(503, 'Service Unavailable', [
  {
    code: 'lock-timeout',
    detail: 'waited 60 s for the storage of node-1, which sync-agent (pid 4711) holds for "drift check"',
    remedy: 'Try again in a moment.',
    step: 'lock',
    undone: UPLOAD_REMOVED,
  },
  { code: 'origin-behind', detail: 'node-1 cannot be brought to head: Base: licence missing', step: 'origin' },
  { code: 'forked', detail: 'the storage of node-1 is forked: it knows another history', step: 'origin' },
  { code: 'outcome-unknown', detail: 'the database went away while the change was being committed', step: 'commit' },
]);

export const REFUSED_DISK_FULL = refusal(507, 'Insufficient Storage', [
  {
    code: 'disk-full',
    detail: 'the package needs 9000000 bytes unpacked, and this node has 5000000 to spare',
    step: 'check',
  },
]);

export const NOT_FOUND = refusal(404, 'Not Found', [
  {
    code: 'extension-unknown',
    detail: 'no extension is called "Nobody"',
    remedy: 'GET /extensions lists those that are installed.',
  },
]);

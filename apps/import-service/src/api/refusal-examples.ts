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
  { code: 'several-files', detail: 'the form holds more than one file', step: 'receive' },
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
    code: 'dependency-missing',
    detail: '"Needy" needs "Base" 1.2.0, which is not installed',
    remedy: 'Import "Base" 1.2.0 or later first.',
    step: 'plan',
    undone: UPLOAD_REMOVED,
  },
]);

export const REFUSED_REMOVAL = refusal(409, 'Conflict', [
  ...HELD,
  { code: 'has-dependants', detail: '"Base" is needed by "Needy"', remedy: 'Remove "Needy" first.', step: 'plan' },
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

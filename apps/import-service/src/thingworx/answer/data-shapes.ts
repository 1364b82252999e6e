import { dataShape } from './info-table.js';

export const EXTENSION_PACKAGE = dataShape('ExtensionPackage', 'An extension package', {
  name: ['STRING', 'Name'],
  packageVersion: ['STRING', 'Version, with three parts at least'],
  vendor: ['STRING', 'Vendor'],
  description: ['STRING', 'Description'],
  minimumThingWorxVersion: ['STRING', 'Lowest version of the platform that it runs on'],
  buildNumber: ['STRING', 'Free text of the vendor'],
  groupId: ['STRING', 'Group'],
  artifactId: ['STRING', 'Artifact'],
});

export const ENTITY_DESCRIPTOR = dataShape('EntityDescriptor', 'An entity', {
  id: ['STRING', 'Id'],
  name: ['STRING', 'Name'],
  description: ['STRING', 'Description'],
  type: ['STRING', 'Type, in the singular'],
  parentName: ['STRING', 'The collection that it belongs to'],
  parentType: ['STRING', 'Type of the parent'],
});

export const EXTENSION_DEPENDENCY = dataShape('ExtensionDependency', 'Another extension that is needed', {
  name: ['STRING', 'Name'],
  extensionMajor: ['INTEGER', 'Major version'],
  extensionMinor: ['INTEGER', 'Least minor version of it'],
  extensionPatch: ['INTEGER', 'Least patch version of it'],
});

export const EXTENSION_REPORT = dataShape('ExtensionReport', 'What became of one extension package', {
  extensionPackage: ['INFOTABLE', 'The package'],
  extensionDependencies: ['INFOTABLE', 'What it needs'],
  extensionReportStatus: ['INTEGER', '0 success, 1 failure, 2 warning, 3 alert'],
  reportMessage: ['STRING', 'What was done, or why it was not'],
  extensionException: ['STRING', 'The code of the refusal'],
});

/** The rows of an upload's answer have one of the two each. */
export const UPLOAD_REPORT = dataShape('ExtensionUploadReport', 'What became of an upload', {
  validate: ['INFOTABLE', 'Whether each package can be taken'],
  install: ['INFOTABLE', 'What became of each package'],
});

export const LOG_ENTRY = dataShape('LogEntry', 'A line of a log', {
  timestamp: ['DATETIME', 'When, in ms since 1970'],
  level: ['STRING', 'INFO, WARN or ERROR'],
  origin: ['STRING', 'What wrote it'],
  content: ['STRING', 'The line'],
  user: ['STRING', 'Who asked'],
  instance: ['STRING', 'What it is about'],
  thread: ['STRING', 'The id of the request'],
  session: ['STRING', 'Where the request came from'],
  platformId: ['STRING', 'Always empty: the log is the same on every import-service'],
});

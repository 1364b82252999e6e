import type { PackageReport } from '@muster/contracts';
import { describe, expect, test } from 'vitest';
import { uploadReport, type Against, type UploadOutcome } from './upload-report.js';

const NEW: PackageReport = {
  extension: 'A',
  version: '1.0',
  dependsOn: [],
  outcome: 'install',
  reasons: [],
  warnings: [],
};
const UPGRADE: PackageReport = { ...NEW, extension: 'B', version: '2.1', previousVersion: '2', outcome: 'upgrade' };
const SAME: PackageReport = { ...NEW, extension: 'C', previousVersion: '1.0.0', outcome: 'unchanged' };
const reason = (code: string): Against => ({ code, detail: `told: ${code}`, remedy: 'Do this.' });
const refused = (code: string, more: Partial<PackageReport> = {}): PackageReport => ({
  ...NEW,
  ...more,
  outcome: 'refused',
  reasons: [{ code, detail: `told: ${code}`, remedy: 'Do this.' }],
});
const OTHER_BYTES = refused('version-exists', { previousVersion: '1.0' });
const LOWER = refused('version-lower', { previousVersion: '1.1' });
const OWNED = refused('entity-owned');
const SKIPPED_LOWER: PackageReport = { ...LOWER, outcome: 'skipped', reasons: [] };
const SKIPPED_SAME: PackageReport = { ...OTHER_BYTES, outcome: 'skipped', reasons: [] };
const WARNED: PackageReport = { ...NEW, warnings: [{ code: 'not-ha-compatible', detail: 'not made for a cluster' }] };
const HOOK = reason('hook-failed');
const AT_FAULT = refused('hook-failed', { extension: 'D' });

type Row = readonly [status: number, message: string];

function read(outcome: UploadOutcome) {
  const { status, table } = uploadReport(outcome);
  const rows = (kind: 'validate' | 'install'): Row[] | undefined =>
    table.rows
      .find((row) => row[kind])
      ?.[kind]?.rows.map((row) => [row.extensionReportStatus, row.reportMessage] as const);
  return { status, validate: rows('validate'), install: rows('install') };
}

const statuses = (rows: Row[] | undefined) => rows?.map(([status]) => status);

describe('statuses', () => {
  test.for<[string, UploadOutcome, number, number[], number[] | undefined]>([
    ['a new package', { kind: 'installed', packages: [NEW] }, 200, [0], [0]],
    ['the same bytes', { kind: 'installed', packages: [SAME] }, 200, [0], [2]],
    ['with a warning', { kind: 'installed', packages: [WARNED] }, 200, [0], [2]],
    ['a bundle', { kind: 'installed', packages: [NEW, SAME, UPGRADE] }, 200, [0, 0, 0], [0, 2, 0]],
    ['a bundle with an older one', { kind: 'installed', packages: [SKIPPED_LOWER, NEW] }, 200, [0, 0], [2, 0]],
    ['an older one, left out', { kind: 'installed', packages: [SKIPPED_LOWER] }, 406, [1], undefined],
    ['other bytes, left out', { kind: 'installed', packages: [SKIPPED_SAME] }, 200, [0], [2]],
    ['other bytes, refused', failed([OTHER_BYTES], 'version-exists'), 200, [0], [2]],
    ['other bytes stop others', failed([OTHER_BYTES, NEW], 'version-exists'), 406, [1, 0], undefined],
    ['an older one, refused', failed([LOWER], 'version-lower'), 406, [1], undefined],
    ['an owned entity', failed([NEW, OWNED], 'entity-owned'), 406, [0, 1], undefined],
    ['a hook', { kind: 'failed', packages: [NEW, UPGRADE], against: [HOOK], later: true }, 406, [0, 0], [1, 1]],
    ['one at fault', { kind: 'failed', packages: [NEW, AT_FAULT], against: [HOOK], later: true }, 406, [0, 0], [1, 1]],
    ['not the packages', { kind: 'failed', packages: [NEW, SAME], against: [HOOK], later: false }, 406, [0, 0], [1, 1]],
    ['valid', { kind: 'validated', packages: [NEW, SAME], against: [] }, 200, [0, 0], undefined],
    ['not valid', { kind: 'validated', packages: [NEW, OWNED], against: [] }, 406, [0, 1], undefined],
    ['other bytes, validated', { kind: 'validated', packages: [OTHER_BYTES], against: [] }, 200, [0], undefined],
    ['older, validated', { kind: 'validated', packages: [LOWER], against: [] }, 406, [1], undefined],
    ['frozen', { kind: 'validated', packages: [NEW, SAME], against: [reason('frozen')] }, 406, [1, 1], undefined],
  ])('%s', ([, outcome, status, validate, install]) => {
    const answer = read(outcome);
    expect([answer.status, statuses(answer.validate), statuses(answer.install)]).toEqual([status, validate, install]);
  });
});

function failed(packages: PackageReport[], code: string): UploadOutcome {
  return { kind: 'failed', packages, against: [reason(code)], later: false };
}

test('messages say what was done, what not, why, and what to do', () => {
  const messages = (outcome: UploadOutcome) => {
    const { validate, install } = read(outcome);
    return [...(validate ?? []), ...(install ?? [])].map(([, message]) => message);
  };
  expect(messages({ kind: 'installed', packages: [UPGRADE] })).toEqual([
    'Extension B 2.1.0 is valid: it upgrades from 2.0.0',
    'Extension B 2.1.0 was upgraded from 2.0.0',
  ]);
  expect(messages({ kind: 'installed', packages: [WARNED] })[1]).toBe(
    'Extension A 1.0.0 was installed. not made for a cluster',
  );
  expect(messages({ kind: 'installed', packages: [SAME] })).toEqual([
    'An import changes nothing: Extension C 1.0.0 skipped because it is already installed',
    'Extension C 1.0.0 skipped because it is already installed',
  ]);
  for (const message of messages(failed([OTHER_BYTES], 'version-exists')))
    expect(message).toMatch(/other bytes.*skipped because it is already installed$/);
  expect(messages(failed([LOWER], 'version-lower'))).toEqual([
    'A newer version of A is already installed: 1.1.0, and this is 1.0.0. Do this.',
  ]);
  const { previousVersion: _, ...unknown } = LOWER;
  expect(messages(failed([unknown], 'version-lower'))).toEqual([
    'A newer version of A is already installed. told: version-lower. Do this.',
  ]);
  expect(messages({ kind: 'failed', packages: [NEW], against: [HOOK], later: true })[1]).toBe(
    'told: hook-failed. Do this.',
  );
});

test('a row names package, needs and code', () => {
  const report = refused('dependency-missing', {
    vendor: 'V',
    minimumThingWorxVersion: '9.0',
    dependsOn: [{ name: 'Base', version: '3.1' }],
  });
  const { table } = uploadReport(failed([report], 'dependency-missing'));
  const [row] = table.rows[0]?.validate?.rows ?? [];
  expect(row).toMatchObject({
    extensionPackage: { rows: [{ name: 'A', packageVersion: '1.0.0', vendor: 'V', buildNumber: '' }] },
    extensionDependencies: { rows: [{ name: 'Base', extensionMajor: 3, extensionMinor: 1, extensionPatch: 0 }] },
    extensionException: 'dependency-missing',
  });
  expect(table.dataShape.fieldDefinitions['validate']).toEqual({
    name: 'validate',
    description: 'Whether each package can be taken',
    baseType: 'INFOTABLE',
    ordinal: 0,
    aspects: {},
  });
  expect(row?.extensionPackage.dataShape.name).toBe('ExtensionPackage');
});

import { CatalogError } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import { PackageRefused } from '@muster/extension-package';
import { ApplyFailed, StorageError } from '@muster/node-storage';
import { HttpProblem } from '@muster/service-kit';
import { describe, expect, test } from 'vitest';
import { CommitWasRefused } from '../change/commit-revision.js';
import { asProblem, type StepName } from './refusal.js';

const noSpace = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
const conflict = new CommitWasRefused({ ok: false, code: 'conflict', detail: 'another came first' });
const hookFailed = new StorageError('hook-failed', 'the deploy hook exited 3: "licence missing"');

describe('what the client is told', () => {
  test.for<[string, unknown, StepName, object]>([
    [
      'a bad package',
      new PackageRefused('zip-slip', 'out of the way'),
      'check',
      { status: 422, code: 'zip-slip', step: 'check' },
    ],
    ['names that collide inside a package', new PackageRefused('name-collision', 'a and A'), 'check', { status: 422 }],
    [
      'a package that is too large',
      new PackageRefused('zip-too-large', 'large', { limit: 1, actual: 2 }),
      'check',
      { status: 413, limit: 1, actual: 2 },
    ],
    ['the database is away', new CatalogError('database-away', 'away'), 'plan', { status: 503, code: 'database-away' }],
    [
      'somebody holds the lock',
      new StorageError('lock-timeout', 'sync-agent holds it'),
      'lock',
      { status: 503, retryAfterSeconds: 5 },
    ],
    ['the disk is full', noSpace, 'receive', { status: 507, code: 'disk-full', step: 'receive' }],
    [
      'the disk is full, as the reader says it',
      new MusterError('storage-full', 'full'),
      'check',
      { status: 507, code: 'disk-full' },
    ],
    [
      'a hook fails',
      new ApplyFailed('hook', ['put back'], hookFailed),
      'deploy',
      { status: 422, code: 'hook-failed', step: 'deploy', undone: ['put back', 'upload removed'] },
    ],
    ['an undeploy hook fails', new ApplyFailed('hook', [], hookFailed), 'undeploy', { status: 422, step: 'undeploy' }],
    [
      'the commit is refused',
      new ApplyFailed('commit', ['put back'], conflict),
      'commit',
      { status: 409, code: 'conflict', step: 'commit', undone: ['put back', 'upload removed'] },
    ],
    [
      'the storage has a fault that nobody knows',
      new ApplyFailed('switch', ['put back'], new StorageError('step-failed', 'EIO')),
      'switch',
      { status: 500, code: 'step-failed', undone: ['put back', 'upload removed'] },
    ],
    [
      'a refusal that knows its status',
      new HttpProblem(429, 'too-many-imports', 'many'),
      'receive',
      { status: 429, step: 'receive' },
    ],
  ])('%s', ([, error, step, told]) => {
    const problem = asProblem(error, step, ['upload removed']);
    expect(problem).toBeInstanceOf(HttpProblem);
    expect(problem).toMatchObject({ undone: ['upload removed'], ...told });
    if ((problem as HttpProblem).status !== 429) expect((problem as HttpProblem).remedy ?? 'none').toBeTruthy();
  });

  test('an error that nobody foresaw goes on as it is', () => {
    const error = new TypeError('x is not a function');
    expect(asProblem(error, 'plan')).toBe(error);
  });

  test('a refusal is never told without what to do', () => {
    const errors = [new PackageRefused('crc-mismatch', 'bad'), new StorageError('hook-timeout', 'late'), conflict];
    for (const error of errors) expect((asProblem(error, 'check') as HttpProblem).remedy).toBeTruthy();
  });
});

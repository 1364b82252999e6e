import { describe, expect, it } from 'vitest';
import type { MusterError } from '@muster/contracts';
import { MemoryCatalog } from '../spec/memory-catalog.js';
import { RecordingHook, TrialStorage } from '../spec/trial-storage.js';

describe('an import of several packages', () => {
  it('takes the first two of four back when the hook of the third fails, and does not begin the fourth', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [{ name: 'Q', version: '0.9' }] });
    await trial.apply();
    const hook = (trial.hook = new RecordingHook((call) => call === 'deploy N 1.0.0'));
    // In the order of their needs, which is not that of their names.
    const bring = [
      { name: 'A', dependsOn: ['N'] },
      { name: 'N', dependsOn: ['Q'] },
      { name: 'Q', dependsOn: ['Z'] },
      { name: 'Z' },
    ];
    const commit = () => Promise.reject(new Error('must not be called'));
    const policy = { kind: 'back-out' as const, expectedRevision: 2, commit };
    const wanted = trial.catalog.uncommitted({ bring });
    const only = new Set(bring.map(({ name }) => name));
    const error = await trial.apply({ wanted, only, policy }).catch((reason: unknown) => reason as MusterError);
    expect(error).toMatchObject({ step: 'hook', extension: 'N', code: 'hook-failed' });
    expect(hook.calls).toEqual([
      'deploy Z 1.0.0',
      'deploy Q 1.0.0',
      'deploy N 1.0.0',
      'undeploy N 1.0.0',
      'deploy Q 0.9',
      'undeploy Z 1.0.0',
    ]);
    expect(trial.version('Q')).toBe('0.9');
    expect(await trial.differences()).toEqual([]);
  });
});

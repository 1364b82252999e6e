import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from '@muster/testing';

/** Counts the runs of `sync` of this process until the test ends; each is made all the same. */
export class SyncWatch {
  private constructor(private readonly log: string) {}

  static async begin(): Promise<SyncWatch> {
    const directory = await temporaryDirectory('sync');
    const log = join(directory, 'runs');
    const path = process.env['PATH'] ?? '';
    const command = join(directory, 'sync');
    writeFileSync(command, `#!/bin/sh\necho "$*" >> '${log}'\nPATH='${path}' exec sync "$@"\n`);
    chmodSync(command, 0o755);
    process.env['PATH'] = `${directory}${delimiter}${path}`;
    onTestFinished(() => void (process.env['PATH'] = path));
    return new SyncWatch(log);
  }

  get runs(): number {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n').length : 0;
  }
}

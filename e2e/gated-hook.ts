import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';

/** A deploy hook that fails, or takes its time, for the extensions that a test names, on the nodes that have it. */
export class GatedHook {
  private constructor(
    private readonly directory: string,
    readonly command: string,
  ) {}

  static async create(): Promise<GatedHook> {
    const directory = await temporaryDirectory('gate');
    const command = path.join(directory, 'hook.sh');
    const lines = [
      '#!/bin/sh',
      `cd ${directory}`,
      'while [ -e "slow-$MUSTER_EXTENSION" ] || [ -e "slow-$MUSTER_EXTENSION-$MUSTER_NODE" ]; do sleep 0.1; done',
      'for gate in "fail-$MUSTER_EXTENSION" "fail-$MUSTER_EXTENSION-$MUSTER_NODE"; do',
      '  if [ -e "$gate" ]; then cat "$gate" >&2; exit 3; fi',
      'done',
    ];
    writeFileSync(command, `${lines.join('\n')}\n`);
    chmodSync(command, 0o755);
    return new GatedHook(directory, command);
  }

  /** `where`: an extension, or `Extension-node-2`. */
  fail(where: string, words: string): void {
    writeFileSync(path.join(this.directory, `fail-${where}`), `${words}\n`);
  }

  slow(where: string): void {
    writeFileSync(path.join(this.directory, `slow-${where}`), '');
  }

  /** It waits no longer; where it fails, it fails now. */
  go(where: string): void {
    rmSync(path.join(this.directory, `slow-${where}`), { force: true });
  }

  /** It neither fails nor waits any more. */
  open(where: string): void {
    for (const kind of ['fail', 'slow']) rmSync(path.join(this.directory, `${kind}-${where}`), { force: true });
  }

  openAll(): void {
    for (const file of readdirSync(this.directory)) {
      if (/^(fail|slow)-/.test(file)) rmSync(path.join(this.directory, file), { force: true });
    }
  }
}

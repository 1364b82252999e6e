import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';

/** A deploy hook of several nodes that writes down its runs, and waits or fails where a test wants it to. */
export class Gate {
  private constructor(
    private readonly directory: string,
    readonly command: string,
  ) {}

  static async create(): Promise<Gate> {
    const directory = await temporaryDirectory('gate');
    const command = path.join(directory, 'hook.sh');
    const lines = [
      '#!/bin/sh',
      `cd ${directory}`,
      'what="$MUSTER_NODE $MUSTER_ACTION $MUSTER_EXTENSION $MUSTER_VERSION"',
      'echo "begin $what" >> calls',
      'while [ -e "hold-$MUSTER_NODE-$MUSTER_EXTENSION" ]; do sleep 0.02; done',
      'echo "end $what" >> calls',
      'if [ -e "fail-$MUSTER_NODE-$MUSTER_EXTENSION-$MUSTER_VERSION" ]; then echo "no licence" >&2; exit 3; fi',
    ];
    writeFileSync(command, `${lines.join('\n')}\n`);
    chmodSync(command, 0o755);
    return new Gate(directory, command);
  }

  /** `begin node-1 deploy Foo 1.0.0`, `end …`, in the order in which they happened. */
  get calls(): string[] {
    const file = path.join(this.directory, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** `node-1-Foo`. */
  hold(where: string): void {
    writeFileSync(path.join(this.directory, `hold-${where}`), '');
  }

  /** `node-1-Foo-2.0.0`. */
  fail(where: string): void {
    writeFileSync(path.join(this.directory, `fail-${where}`), '');
  }

  open(where: string): void {
    for (const kind of ['hold', 'fail']) rmSync(path.join(this.directory, `${kind}-${where}`), { force: true });
  }
}

import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImportResult } from '@muster/contracts';
import { buildPackage, temporaryDirectory } from '@muster/testing';
import { differences } from '../disk.js';
import { AGENTS, type Stack } from './stack.js';

/** What every node has to hold: imports and removals go through here, and the volumes are compared with it. */
export class ExpectedExtensions {
  private readonly zips = new Map<string, string>();
  private built = 0;

  private constructor(
    private readonly stack: Stack,
    private readonly directory: string,
  ) {}

  static async of(stack: Stack): Promise<ExpectedExtensions> {
    return new ExpectedExtensions(stack, await temporaryDirectory('zips'));
  }

  get names(): string[] {
    return [...this.zips.keys()].toSorted();
  }

  /** Imports a package made for the purpose. */
  async importBuilt(name = `Load${(this.built += 1)}`, version = '1.0.0'): Promise<ImportResult> {
    const files = { [`ui/${name}/${name}.js`]: `${name} ${version}\n`.repeat(2_000), 'lib/common/a.jar': version };
    return this.importBytes(name, buildPackage({ name, version, files, directories: [`ui/${name}/empty`] }));
  }

  /** Imports a zip; the extension's name is what the answer says. */
  async importFile(file: string): Promise<ImportResult> {
    const result = await this.stack.import(await readFile(file));
    for (const change of result.changes) this.zips.set(change.extension, file);
    return result;
  }

  /** Removes it. That it is gone already is as good: the answer of an earlier try may have been lost. */
  async remove(name: string): Promise<void> {
    const { status, body } = await this.stack.remove(name);
    if (status !== 200 && status !== 404) throw new Error(`remove ${name}: ${JSON.stringify(body)}`);
    this.zips.delete(name);
  }

  /** What differs between the agents' volumes and `unzip` of the zips; empty where all is byte for byte the same. */
  async differences(): Promise<string[]> {
    const copies = await temporaryDirectory('volumes');
    const found: string[] = [];
    for (const agent of AGENTS) {
      const copy = await this.stack.copyExtensions(agent, copies);
      const present = (await readdir(copy)).toSorted();
      if (String(present) !== String(this.names)) found.push(`${agent} has ${present}, not ${this.names}`);
      for (const name of this.names.filter((wanted) => present.includes(wanted))) {
        const lines = await differences(path.join(copy, name), name, this.zips.get(name)!);
        found.push(...lines.map((line) => `${agent}: ${line}`));
      }
    }
    return found;
  }

  private async importBytes(name: string, zip: Buffer): Promise<ImportResult> {
    const file = path.join(this.directory, `${name}.zip`);
    await writeFile(file, zip);
    const result = await this.stack.import(zip);
    this.zips.set(name, file);
    return result;
  }
}

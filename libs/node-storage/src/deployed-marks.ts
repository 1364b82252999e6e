import { readdir, readFile, unlink } from 'node:fs/promises';
import { isExtensionName } from '@muster/contracts';
import { parseMark, unreadableMark, type DeployedMark } from './deployed-mark.js';
import { syncDirectory, writeDurably } from './disk/durable.js';
import { isMissing } from './disk/failure.js';
import type { Layout } from './disk/layout.js';

/** `.muster/deployed/`: one small file per extension of ours, each replaced whole and durable. */
export class DeployedMarks {
  constructor(
    private readonly layout: Layout,
    private readonly temporary: string,
  ) {}

  async read(name: string): Promise<DeployedMark | undefined> {
    try {
      return parseMark(await readFile(this.layout.mark(name), 'utf8'), name) ?? unreadableMark(name);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async readAll(): Promise<Map<string, DeployedMark>> {
    const marks = new Map<string, DeployedMark>();
    for (const name of (await readdir(this.layout.deployed)).filter(isExtensionName).sort()) {
      const mark = await this.read(name);
      if (mark !== undefined) marks.set(name, mark);
    }
    return marks;
  }

  async write(mark: DeployedMark): Promise<void> {
    await writeDurably(this.layout.mark(mark.name), `${JSON.stringify(mark, undefined, 1)}\n`, this.temporary);
  }

  async remove(name: string): Promise<void> {
    try {
      await unlink(this.layout.mark(name));
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await syncDirectory(this.layout.deployed);
  }
}

import { readdir } from 'node:fs/promises';
import { CHECK_PREFIX, type Layout } from './disk/layout.js';
import { InstanceDirectory } from './disk/instance-directory.js';

/** Whether nothing stands or was ever deployed in this storage, and no living process but `instance` has it open. */
export async function isUnused(layout: Layout, instance: string): Promise<boolean> {
  await InstanceDirectory.clean(layout.staging);
  const others = (await readdir(layout.staging)).filter((name) => name !== instance);
  const extensions = (await readdir(layout.extensions)).filter((name) => !name.startsWith(CHECK_PREFIX));
  const marks = await readdir(layout.deployed);
  return others.length + extensions.length + marks.length === 0;
}

import { existsSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Every name below a directory with its size and change time: any write there makes another state. None where it does not exist. */
export function stateOf(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const { size, ctimeNs } = lstatSync(path.join(directory, name), { bigint: true });
    return `${name} ${size} ${ctimeNs}`;
  });
}

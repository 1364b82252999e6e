// node tools/complete-lock.mjs, after npm install: npm leaves optional packages of other platforms out of the lock file where its
// registry does not serve them at that moment, and npm ci then refuses the lock. This writes them in by the versions that
// their dependants name, so that the lock is whole on every platform.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const SYSTEMS = {
  win32: 'win32',
  windows: 'win32',
  darwin: 'darwin',
  linux: 'linux',
  freebsd: 'freebsd',
  android: 'android',
  openharmony: 'openharmony',
};
const PROCESSORS = ['arm64', 'x64', 'ppc64', 's390x', 'riscv64', 'ia32', 'loong64', 'wasm32', 'arm'];

const file = path.join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];

for (const [key, dependant] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(dependant.optionalDependencies ?? {})) {
    if (`node_modules/${name}` in lock.packages || `${key}/node_modules/${name}` in lock.packages) continue;
    lock.packages[`node_modules/${name}`] = platformPackage(name, range, dependant.dev === true);
    added.push(name);
  }
}
const { '': workspace, ...packages } = lock.packages;
const sorted = Object.entries(packages).sort(([left], [right]) => left.localeCompare(right, 'en'));
writeFileSync(
  file,
  `${JSON.stringify({ ...lock, packages: { '': workspace, ...Object.fromEntries(sorted) } }, null, 2)}\n`,
);
console.log(added.length === 0 ? 'the lock file is whole' : `added ${added.join(', ')}`);

function platformPackage(name, range, dev) {
  const words = name.split('/').at(-1);
  const system = Object.keys(SYSTEMS).find((word) => words.includes(word));
  const processor = PROCESSORS.find((word) => words.includes(word));
  return {
    version: range.replace(/^[\^~]/, ''),
    optional: true,
    ...(dev && { dev }),
    ...(processor && { cpu: [processor] }),
    ...(system && { os: [SYSTEMS[system]] }),
    ...(words.includes('musl')
      ? { libc: ['musl'] }
      : words.includes('gnu') && !words.includes('eabi')
        ? { libc: ['glibc'] }
        : {}),
  };
}

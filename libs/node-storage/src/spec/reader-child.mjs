/**
 * `reader-child.mjs DIRECTORY`: looks at an extension again and again until a line comes. One look holds the directory itself
 * (by descriptor), as one who reads a version does; says how many looks, how many versions, and every fault.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readdirSync, statSync } from 'node:fs';

const [directory] = process.argv.slice(2);
const faults = new Set();
const versions = new Set();
let looks = 0;
const asked = { stop: false };
process.stdin.once('data', () => (asked.stop = true));
console.log('looking');

function look() {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const seen = new Set();
    const names = readdirSync(`/proc/self/fd/${fd}`).filter((name) => name.startsWith('file'));
    for (const name of names) seen.add(readFileSync(`/proc/self/fd/${fd}/${name}`, 'utf8'));
    if (seen.size > 1) faults.add(`mixture: ${[...seen].join(' and ')}`);
    if (fstatSync(fd).ino === statSync(directory).ino && names.length !== 20) faults.add(`only ${names.length} files`);
    for (const version of seen) versions.add(version);
  } catch (error) {
    // Files of the version that went may go while it is read; of the one that stands there none may.
    if (fstatSync(fd).ino === statSync(directory).ino) faults.add(String(error));
  } finally {
    closeSync(fd);
  }
}

while (!asked.stop) {
  for (let round = 0; round < 20; round += 1) {
    looks += 1;
    try {
      look();
    } catch (error) {
      faults.add(`absent: ${error}`);
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ looks, versions: versions.size, faults: [...faults] }));
process.exit(0);

/** `lock-child.mjs FILE SERVICE [ROUNDS FILE]`: holds the lock until a line comes; or takes it so often, writing a journal. */
import { appendFileSync, existsSync, unlinkSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { StorageLock } from '../../dist/index.js';

const [file, service, rounds, journal] = process.argv.slice(2);
const lock = new StorageLock(file, { service, node: 'node-1' }, 20_000);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

if (rounds === undefined) {
  await lock.withLock('holds it', async (held) => {
    held.atRevision(7);
    console.log('held');
    await lines.next();
  });
  console.log('released');
} else {
  for (let round = 0; round < Number(rounds); round += 1) {
    await lock.withLock('fights for it', async () => {
      const flag = `${journal}.busy`;
      if (existsSync(flag)) appendFileSync(journal, 'TWO WRITERS\n');
      writeFileSync(flag, service);
      appendFileSync(journal, `${service}\n`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      unlinkSync(flag);
    });
  }
  console.log('done');
}
process.exit(0);

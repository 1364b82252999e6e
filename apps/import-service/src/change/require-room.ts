import { statfs } from 'node:fs/promises';
import { HttpProblem } from '@muster/service-kit';

/** Free space that an import leaves to everybody else on the disk. */
const RESERVE_BYTES = 16 * 1024 * 1024;

/**
 * Said before anything is unpacked, and not in the middle of it.
 *
 * @throws HttpProblem 507 `disk-full`
 */
export async function requireRoom(directory: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = Math.max(0, bavail * bsize - RESERVE_BYTES);
  if (neededBytes <= freeBytes) return;
  throw new HttpProblem(
    507,
    'disk-full',
    `the package needs ${neededBytes} bytes unpacked, and this node has ${freeBytes} to spare`,
    {
      limit: freeBytes,
      actual: neededBytes,
      remedy: 'Make room on the disk of this node and import again.',
      retryAfterSeconds: 60,
    },
  );
}

import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds PostgreSQL's programs inside the npm package for this platform. The package `embedded-postgres` itself is never
 * loaded: its import installs exit hooks that take over the signals of the whole process.
 */
export function findBinaries(): Binaries {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(platformPackage);
    const folder = path.resolve(path.dirname(entry), '..', 'native', 'bin');
    return { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
  } catch (cause) {
    throw new EmbeddedPostgresError('platform-unsupported', `there is no embedded PostgreSQL in ${platformPackage}`, {
      remedy:
        'run npm ci on this machine without leaving out optional dependencies, or set DATABASE_URL to a server of yours',
      cause,
    });
  }
}

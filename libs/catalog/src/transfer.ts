import { CatalogError } from './catalog-error.js';

/** A transfer on which nothing moves for so long is given up, whoever of the two is at fault. */
export const IDLE_TRANSFER_MS = 60_000;

const TRANSFER_LIMIT_S = 1800;

/** Bytes take longer than statements: COPY has a limit of its own. */
export const BEGIN_TRANSFER = `begin; set local statement_timeout = '${TRANSFER_LIMIT_S}s'`;

export function stalled(what: string): CatalogError {
  return new CatalogError('database-away', `${what}: neither the database nor the other side moved a byte`, {
    limit: `${IDLE_TRANSFER_MS / 1000} s`,
    remedy: 'try again; look at the network between this service and PostgreSQL',
  });
}

import { Catalog, migrate } from '@muster/catalog';
import type { Logger } from 'pino';

/** SQLSTATE: the login does not own the schema. Somebody else migrates then, and the check below says if nobody did. */
const INSUFFICIENT_PRIVILEGE = '42501';

export interface OpenCatalogOptions {
  readonly url: string;
  readonly ownerUrl: string;
  readonly logger: Logger;
}

/**
 * Brings the schema up to date, as far as the owner's login may, and connects.
 *
 * @throws CatalogError `database-away`, `migration-locked`, `schema-outdated`, `schema-too-new`
 */
export async function openCatalog({ url, ownerUrl, logger }: OpenCatalogOptions): Promise<Catalog> {
  try {
    const done = await migrate(ownerUrl);
    if (done.length > 0) logger.info({ migrations: done }, `migrated the schema: ${done.join(', ')}`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    logger.warn('this login may not migrate the schema; the owner has to: set MUSTER_OWNER_DATABASE_URL');
  }
  const catalog = Catalog.connect({
    url,
    applicationName: 'muster-import-service',
    onConnectionError: (error) => logger.warn({ err: error }, 'an idle connection to the database broke'),
  });
  try {
    await catalog.checkSchema();
  } catch (error) {
    await catalog.close();
    throw error;
  }
  return catalog;
}

import { buildPackage } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningService } from '../spec/running-service.js';
import { clients } from './spec/clients.js';
import { Facade, KEY, USER } from './spec/facade.js';

/** Every client in both ways in which the service may be run. */
describe.each([
  ['with app keys', { MUSTER_APP_KEYS: `${KEY}:${USER},another-key:somebody` }],
  ['without', {} as Record<string, string>],
])('%s', (_, env) => {
  let service: RunningService;
  beforeAll(async () => {
    service = await RunningService.start({ env });
  });
  afterAll(() => service.close());

  test.for(clients.map((client) => [client.name, client] as const))('%s', async ([, client]) => {
    const name = `For.${client.name.replaceAll(/[^A-Za-z0-9]/g, '')}`;
    const build = (version: string) =>
      buildPackage({
        name,
        version,
        files: {
          [`ui/${name}/${name}.js`]: version,
          'ui/@types/index.d.ts': `declare const v = "${version}";`,
          'lib/common/tools.jar': version,
        },
        entities: [
          { type: 'Widget', name: `${name}.widget` },
          { type: 'Thing', name: `${name}.thing` },
        ],
        jarResources: ['tools.jar'],
      });
    const facade = new Facade(service.url);
    await client.run(facade, { name, build });
    expect(await facade.installed()).toMatchObject({ [name]: client.leaves });
  });
});

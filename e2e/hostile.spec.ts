import { existsSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPackage } from '@muster/testing';
import { Cluster, describeOnOneLog } from './cluster.js';
import { extensionsIn, hasShared, leftovers, shared } from './disk.js';

interface Sample {
  readonly file: string;
  readonly expected: 'accept' | 'reject';
}

describeOnOneLog('bad input', (log) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ log, nodes: 1 });
    expect((await cluster.import(buildPackage({ name: 'Bystander' }))).status).toBe(201);
  });
  afterAll(() => cluster.down());

  describe.skipIf(!hasShared)('hostile archives', () => {
    const samples = hasShared
      ? (JSON.parse(readFileSync(path.join(shared, 'bad-zips/manifest.json'), 'utf8')) as { samples: Sample[] }).samples
      : [];

    test.for(samples)('$file ends as one refusal, and nothing is left', async ({ file, expected }) => {
      const [pid] = await cluster.pids('import-service');
      const answer = await cluster.importFile(path.join(shared, 'bad-zips', file));
      expect([400, 413, 422]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body.code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(answer.body.remedy).toBeTruthy();
      if (expected === 'accept') expect(answer.body.code).toBe('metadata-missing');
      else expect(answer.body.code).not.toBe('metadata-missing');
      expect(await cluster.pids('import-service')).toEqual([pid]);
      expect(extensionsIn(cluster.storage('node-1'))).toEqual(['Bystander']);
      expect(leftovers(cluster.storage('node-1'))).toEqual([]);
      expect(existsSync(path.join(cluster.storage('node-1'), 'out_evil'))).toBe(false);
    });
  });

  describe('requests from elsewhere', () => {
    const zip = buildPackage({ name: 'Intruder' });
    const attempts: Record<string, Record<string, string>> = {
      'a foreign Origin': { origin: 'http://evil.example' },
      'a foreign Host': { host: 'evil.example' },
      'a cross-site fetch': { 'sec-fetch-site': 'cross-site' },
      'a sandboxed Origin': { origin: 'null' },
    };

    test.for(Object.entries(attempts))('%s changes nothing', async ([, headers]) => {
      const post = await send(
        cluster.importUrl(),
        'POST',
        '/imports',
        { 'content-type': 'application/zip', ...headers },
        zip,
      );
      expect(post.status, post.body).toBe(403);
      const remove = await send(cluster.importUrl(), 'DELETE', '/extensions/Bystander', headers);
      expect(remove.status).toBe(403);
      expect(extensionsIn(cluster.storage('node-1'))).toEqual(['Bystander']);
    });

    test('an upload that stops in the middle leaves nothing', async () => {
      await new Promise<void>((resolve) => {
        const upload = httpRequest(`${cluster.importUrl()}/imports`, {
          method: 'POST',
          headers: { 'content-length': 1_000_000 },
        });
        upload.on('error', () => resolve());
        upload.write(zip, () => upload.destroy());
        upload.on('close', () => resolve());
      });
      expect((await cluster.import(buildPackage({ name: 'Next' }))).status).toBe(201);
      expect(extensionsIn(cluster.storage('node-1'))).toEqual(['Bystander', 'Next']);
      expect(leftovers(cluster.storage('node-1'))).toEqual([]);
    });

    test('an empty body and a wrong length are refused with a code', async () => {
      const empty = await cluster.import(Buffer.alloc(0));
      expect(empty.status).toBe(400);
      expect(empty.body.code).toMatch(/-/);
    });
  });
});

function send(
  base: string,
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(`${base}${url}`, { method, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { expect, test } from 'vitest';
import { exchange } from '../http/exchange.js';
import { fakeServices } from '../spec/fake-services.js';
import { bytesOf, openPackages } from './package-file.js';

async function opened(text: string) {
  const directory = await temporaryDirectory('package');
  await writeFile(path.join(directory, 'a.zip'), text);
  const [file] = openPackages(['a.zip'], directory);
  return file!;
}

async function textOf(stream: Readable): Promise<string> {
  return Buffer.concat((await stream.toArray()) as Buffer[]).toString();
}

test('a file that grows meanwhile is sent as long as it was', async () => {
  const file = await opened('as it was');
  await appendFile(file.file, ', and more');
  expect(await textOf(bytesOf(file))).toBe('as it was');
});

test('a file that becomes shorter meanwhile ends the upload: nobody waits for the rest', async () => {
  const file = await opened('as it was');
  await truncate(file.file, 3);
  const { url } = await fakeServices({ 'POST /imports': { json: {} } });
  const sent = exchange({
    method: 'POST',
    url: new URL(`${url}/imports`),
    headers: {},
    body: { stream: bytesOf(file), sizeBytes: file.sizeBytes },
    signal: AbortSignal.timeout(20_000),
  });
  await expect(sent).rejects.toThrow('the file became shorter');
});

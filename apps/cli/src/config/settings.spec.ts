import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { World } from '../world.js';
import { readSettings, type GlobalOptions } from './settings.js';

let directory: string;
let home: string;
beforeEach(async () => {
  directory = await temporaryDirectory('here');
  home = await temporaryDirectory('home');
});

function read(options: GlobalOptions = {}, environment: Record<string, string> = {}) {
  const { importUrl, statusUrls, token } = readSettings(options, { environment, directory, home } as unknown as World);
  return { url: importUrl.origin, status: statusUrls.map(({ origin }) => origin), token };
}

async function write(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value));
}

const here = () => path.join(directory, '.muster.json');
const ofUser = () => path.join(home, '.config', 'muster', 'config.json');

test('without anything it is a cluster on this machine', () => {
  expect(read()).toEqual({ url: 'http://127.0.0.1:8080', status: ['http://127.0.0.1:8081'], token: undefined });
});

test('flag before environment before the file here before that of the user, each value by itself', async () => {
  await write(ofUser(), { url: 'http://127.0.0.1:1', statusUrl: 'http://127.0.0.1:2', token: 'of-user' });
  expect(read()).toEqual({ url: 'http://127.0.0.1:1', status: ['http://127.0.0.1:2'], token: 'of-user' });
  await write(here(), { url: 'http://127.0.0.1:3' });
  expect(read()).toMatchObject({ url: 'http://127.0.0.1:3', status: ['http://127.0.0.1:2'] });
  const environment = { MUSTER_URL: 'http://127.0.0.1:4', MUSTER_TOKEN: 'of-environment' };
  expect(read({}, environment)).toMatchObject({ url: 'http://127.0.0.1:4', token: 'of-environment' });
  const flags = { url: 'http://127.0.0.1:5', statusUrl: 'http://127.0.0.1:6', token: 'of-flag' };
  expect(read(flags, environment)).toEqual({
    url: 'http://127.0.0.1:5',
    status: ['http://127.0.0.1:6'],
    token: 'of-flag',
  });
  await write(path.join(home, 'xdg', 'muster', 'config.json'), { token: 'of-xdg' });
  expect(read({}, { XDG_CONFIG_HOME: path.join(home, 'xdg') }).token).toBe('of-xdg');
  await write(path.join(directory, 'named.json'), { token: 'of-named' });
  expect(read({ config: 'named.json' })).toMatchObject({ url: 'http://127.0.0.1:8080', token: 'of-named' });
});

test('one address is enough: the other is taken from it', () => {
  expect(read({ url: 'http://127.0.0.1:9000' }).status).toEqual(['http://127.0.0.1:9000', 'http://127.0.0.1:9001']);
  expect(read({ url: 'https://muster.example' }).status).toEqual(['https://muster.example']);
  expect(read({ statusUrl: 'http://status.example' }).url).toBe('http://status.example');
});

describe('what cannot be used is named', () => {
  test.each([
    [{ url: 'muster.example' }, {}, /--url cannot be used|written http/],
    [{}, { MUSTER_URL: 'ftp://x' }, /written http/],
    [{ url: 'http://u:secret@x' }, {}, /holds no password/],
    [{ config: 'absent.json' }, {}, /no such file/],
  ])('%j %j', (options, environment, words) => {
    expect(() => read(options, environment)).toThrow(words);
  });

  test.each(['{', '{"url": 1}', '{"urll": "x"}'])('a file with %s, without showing what it holds', async (text) => {
    await write(here(), text);
    expect(() => read()).toThrow();
  });

  test('a file that is not JSON is not quoted', async () => {
    await write(here(), 'token=very-secret');
    let message = '';
    try {
      read();
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('it is not JSON');
    expect(message).not.toContain('very-secret');
  });
});

test("one's own token is not sent where a file of the directory points", async () => {
  await write(here(), { url: 'https://elsewhere.example' });
  expect(() => read({}, { MUSTER_TOKEN: 'mine' })).toThrow(/is not sent to https:\/\/elsewhere.example/);
  await write(ofUser(), { token: 'mine' });
  expect(() => read()).toThrow(/is not sent/);
  expect(read({ url: 'https://elsewhere.example' }).token).toBe('mine');
  await write(here(), { url: 'https://elsewhere.example', token: 'its-own' });
  expect(read().token).toBe('its-own');
});

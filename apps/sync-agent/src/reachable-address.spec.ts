import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { reachableAddress } from './reachable-address.js';

test.each([
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
  ['http://node-1:8080', 'http://node-1:8080'],
  ['http://0.0.0.0:8080', 'http://here:8080'],
  ['http://[::]:8080', 'http://here:8080'],
  ['http://[0:0:0:0:0:0:0:0]:80', 'http://here'],
])('what listens at %s is reached at %s', (url, address) => {
  expect(reachableAddress(url, 'here')).toBe(address);
});

test('the name is that of this machine', () => {
  expect(reachableAddress('http://0.0.0.0:1')).toBe(`http://${hostname()}:1`);
});

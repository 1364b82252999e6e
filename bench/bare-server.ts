// The least that an import must do, as a process of its own: receive, hash, write. Prints its port.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const directory = process.argv[2] ?? '.';
let count = 0;

const server = createServer((request, response) => {
  void (async () => {
    const file = await open(path.join(directory, `upload-${(count += 1)}`), 'wx');
    const hash = createHash('sha256');
    for await (const chunk of request as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.close();
    response.writeHead(201).end(hash.digest('hex'));
  })();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${(server.address() as AddressInfo).port}\n`);

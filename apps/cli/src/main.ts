#!/usr/bin/env node
import { homedir } from 'node:os';
import { EXIT } from './exit-code.js';
import { Interrupted } from './failure.js';
import { run } from './run.js';

const interrupt = new AbortController();
let interrupts = 0;
process.on('SIGINT', () => {
  interrupts += 1;
  if (interrupts > 1) process.exit(EXIT.interrupted);
  interrupt.abort(new Interrupted('Ctrl-C'));
});

// The reader of a pipe may have seen enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? EXIT.done);
  });
}

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  environment: process.env,
  directory: process.cwd(),
  home: homedir(),
  interrupt: interrupt.signal,
});

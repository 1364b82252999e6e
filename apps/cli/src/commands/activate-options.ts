import { PROPOSAL_DEADLINE } from '@muster/contracts';
import { InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import { durationMs } from '../options.js';

export interface ActivateOptions {
  readonly activate?: 'together';
  /** Milliseconds. */
  readonly deadline?: number;
}

export function activateOption(): Option {
  return new Option(
    '--activate <how>',
    'together: every node gets ready first, then all have it at once; where one cannot, nothing is changed',
  ).choices(['together']);
}

export function readyWithinOption(): Option {
  return new Option('--deadline <duration>', 'how long the nodes may take to get ready (default: 1m)').argParser(
    (text) => {
      const milliseconds = durationMs(text);
      const { minMs, maxMs } = PROPOSAL_DEADLINE;
      if (milliseconds >= minMs && milliseconds <= maxMs) return milliseconds;
      throw new InvalidArgumentError('It takes a duration from 1s to 1h.');
    },
  );
}

/** How long the nodes may take, in ms; undefined where they are not to wait for each other. */
export function readyWithin({ activate, deadline }: ActivateOptions): number | undefined {
  if (activate !== undefined) return deadline ?? PROPOSAL_DEADLINE.defaultMs;
  if (deadline === undefined) return undefined;
  throw new Failure('the command line', 'deadline-alone', '--deadline is for nodes that get ready together', {
    exitCode: EXIT.usage,
    remedy: 'Give it with --activate together. How long the command waits is --timeout.',
  });
}

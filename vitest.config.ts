import { defineConfig } from 'vitest/config';

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
};

/** Nest's decorators need the metadata that the compiler emits; test helpers are compiled here, not by tsc. */
const oxc = { decorator: { legacy: true, emitDecoratorMetadata: true } };

/** One PostgreSQL and, where a spec asks for it, one Kafka broker for the run. */
const globalSetup = ['libs/testing/src/postgres.global-setup.ts', 'libs/testing/src/kafka.global-setup.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        oxc,
        test: {
          ...shared,
          name: 'unit',
          // They wait for processes and brokers more than they reckon.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
          include: ['libs/*/src/**/*.spec.ts', 'apps/*/src/**/*.spec.ts'],
          globalSetup,
        },
      },
      {
        oxc,
        test: {
          ...shared,
          name: 'e2e',
          // Whole clusters, each with ports, a directory, a database and topics of its own; most of the time they wait for something.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          include: ['e2e/**/*.spec.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          globalSetup,
        },
      },
    ],
  },
});

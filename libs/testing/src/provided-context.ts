import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser on the run's server. */
    postgresUrl: string;
    /** New with every test run: part of the names of the databases that the run makes. */
    testRunId: string;
    /** Removed with all that is in it when the run ends. */
    temporaryRoot: string;
    /** Whoever asks there is told of the run's Kafka broker, which is started by the first. */
    kafkaDoor: string;
  }
}

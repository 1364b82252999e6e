import { MusterError } from '@muster/contracts';
import type { ProcessExit } from './supervised-process.js';

/** A server that the services use, as the library that starts it hands it out. */
export interface Server {
  readonly port: number;
  readonly exited: Promise<ProcessExit>;
  stop(): Promise<void>;
}

const RESTART_PAUSE_MS = 1_000;

/** Keeps one server running: when it dies it is started again, on the port that the services know. */
export class SupervisedServer<Started extends Server> {
  private server: Started | undefined;
  private stopping = false;
  private restarting: Promise<void> | undefined;

  constructor(
    private readonly name: string,
    private readonly startServer: (port?: number) => Promise<Started>,
    private readonly say: (line: string) => void,
  ) {}

  async start(port?: number): Promise<Started> {
    const server = await this.startServer(port);
    this.server = server;
    void server.exited.then(({ code, signal }) => {
      if (this.stopping) return;
      this.say(`${this.name} ended by ${signal ?? `code ${code}`}; it is started again`);
      this.restarting = this.restart(server.port);
    });
    return server;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.restarting;
    await this.server?.stop();
  }

  private async restart(port: number): Promise<void> {
    while (!this.stopping) {
      try {
        await this.start(port);
        return;
      } catch (error) {
        if (!(error instanceof MusterError)) throw error;
        this.say(`${this.name} does not start: ${error.message}`);
        await new Promise((resolve) => setTimeout(resolve, RESTART_PAUSE_MS));
      }
    }
  }
}

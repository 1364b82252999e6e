import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Convergence, ImportResult, Problem } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { docker } from './engine.js';
import { type Answer, request } from './request.js';

export const SERVICES = ['import-service', 'agent-1', 'agent-2', 'agent-3', 'status-service'] as const;
export const AGENTS = ['agent-1', 'agent-2', 'agent-3'] as const;
export type Part = (typeof SERVICES)[number] | 'postgres' | 'kafka';

/** Whoever is process 1 there (the engine's init) ends with its child: to the engine the container has crashed. */
const KILL_THE_CHILD_OF_INIT =
  'for s in $(grep -lE "^PPid:[[:space:]]1$" /proc/[0-9]*/status); do s=${s#/proc/}; kill -9 ${s%/status}; done';

/** The stack of docker-compose.yml under a project name of its own, with ports, volumes and secrets of its own. */
export class Stack {
  private constructor(
    readonly project: string,
    readonly image: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async create(): Promise<Stack> {
    const project = `muster-e2e-${randomBytes(4).toString('hex')}`;
    const image = process.env['MUSTER_E2E_IMAGE'] ?? 'muster:e2e';
    const [first, ...others] = await freePorts(5);
    const env: NodeJS.ProcessEnv = {};
    // What is set here for other purposes must not leak into the stack.
    for (const [name, value] of Object.entries(process.env)) if (!/^(MUSTER|COMPOSE)_/.test(name)) env[name] = value;
    Object.assign(env, { MUSTER_IMAGE: image, MUSTER_DRIFT_PERIOD: '5s' });
    Object.assign(env, { MUSTER_IMPORT_PORT: first, MUSTER_STATUS_PORT: others[0] });
    for (const [place, port] of others.slice(1).entries()) env[`MUSTER_AGENT_${place + 1}_PORT`] = String(port);
    const log = process.env['MUSTER_TEST_LOG'];
    if (log === 'postgres') env['MUSTER_KAFKA_BROKERS'] = '';
    return new Stack(project, image, env);
  }

  compose(args: readonly string[], deadlineMs?: number): Promise<string> {
    const all = ['compose', '--project-name', this.project, ...args];
    return docker(all, { env: this.env, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  }

  async build(): Promise<void> {
    if (process.env['MUSTER_E2E_IMAGE'] === undefined) await this.compose(['build', 'import-service'], 1_200_000);
  }

  /** `docker compose up`; resolves when every service says that it is ready. */
  async up(): Promise<void> {
    await this.compose(['up', '--detach', '--no-build'], 600_000);
    await waitFor(() => this.areReady(SERVICES), { deadlineMs: 180_000, everyMs: 250, what: 'a ready stack' });
  }

  /** Ends and removes all that belongs to this project, its volumes too. */
  async down(): Promise<void> {
    await this.compose(['down', '--volumes', '--timeout', '20'], 300_000);
  }

  /** Ids and names of what the engine still has of this project. */
  async leftovers(): Promise<string[]> {
    const label = `label=com.docker.compose.project=${this.project}`;
    const lists = [
      ['ps', '--all', '--quiet'],
      ['volume', 'ls', '--quiet'],
      ['network', 'ls', '--quiet'],
    ].map((list) => docker([...list, '--filter', label]));
    return (await Promise.all(lists)).flatMap((list) => list.split('\n').filter((line) => line !== ''));
  }

  async url(service: (typeof SERVICES)[number]): Promise<string> {
    const name = service.startsWith('agent') ? service.replace('-', '_') : service.split('-')[0];
    return `http://127.0.0.1:${this.env[`MUSTER_${name!.toUpperCase()}_PORT`]}`;
  }

  async areReady(services: readonly (typeof SERVICES)[number][]): Promise<boolean> {
    for (const service of services) {
      const answer = await fetch(`${await this.url(service)}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      if (!answer.ok) throw new Error(`${service}: ${await answer.text()}`);
    }
    return true;
  }

  async container(part: Part): Promise<string> {
    return (await this.compose(['ps', '--all', '--quiet', part])).trim();
  }

  async inspect<T>(part: Part, format: string): Promise<T> {
    return JSON.parse(await docker(['inspect', '--format', `{{json ${format}}}`, await this.container(part)])) as T;
  }

  /** Output of a shell command in a running container, as the service's own user. */
  shell(part: Part, command: string): Promise<string> {
    const user = part === 'postgres' ? ['--user', 'postgres'] : [];
    return this.compose(['exec', '--no-TTY', ...user, part, 'sh', '-c', command]);
  }

  /** kill -9 of what runs in the container. Its restart policy is all that brings it back. */
  async crash(part: Part): Promise<void> {
    const before = await this.inspect<number>(part, '.RestartCount');
    await this.shell(part, KILL_THE_CHILD_OF_INIT).catch(() => undefined);
    await waitFor(async () => (await this.inspect<number>(part, '.RestartCount')) > before, {
      deadlineMs: 60_000,
      everyMs: 250,
      what: `a restart of ${part}`,
    });
  }

  /** Imports until it is taken: outages and broken connections are tried again, a refusal is not. */
  async import(zip: Uint8Array, deadlineMs = 180_000): Promise<ImportResult> {
    const answer = await this.change('/imports', { method: 'POST', body: new Uint8Array(zip) }, deadlineMs);
    if (answer.status !== 200 && answer.status !== 201) throw new Error(`import: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async remove(name: string, deadlineMs = 180_000): Promise<Answer<ImportResult & Problem>> {
    return this.change(`/extensions/${name}`, { method: 'DELETE' }, deadlineMs);
  }

  /** `GET /convergence` of the whole cluster, as it is now. */
  async convergence(): Promise<Convergence> {
    const url = `${await this.url('status-service')}/convergence`;
    return (await request<Convergence>(url, { signal: AbortSignal.timeout(20_000) })).body;
  }

  /** `GET /convergence` until it is `converged`. */
  async converged(revision?: number, deadlineMs = 180_000): Promise<Convergence> {
    const query = new URLSearchParams({
      wait: '10s',
      ...(revision === undefined ? {} : { revision: String(revision) }),
    });
    let last: unknown;
    return waitFor(
      async () => {
        const url = `${await this.url('status-service')}/convergence?${query}`;
        const { body } = await request<Convergence>(url, { signal: AbortSignal.timeout(20_000) });
        last = body;
        return body.state === 'converged' ? body : undefined;
      },
      { deadlineMs, everyMs: 250, what: () => `convergence at ${revision ?? 'head'}; last: ${JSON.stringify(last)}` },
    );
  }

  /** A copy of what stands under `extensions/` in an agent's volume. */
  async copyExtensions(agent: (typeof AGENTS)[number], directory: string): Promise<string> {
    const target = path.join(directory, agent);
    await mkdir(target, { recursive: true });
    await this.compose(['cp', `${agent}:/data/ThingworxStorage/extensions/.`, target]);
    return target;
  }

  private change(where: string, init: RequestInit, deadlineMs: number): Promise<Answer<ImportResult & Problem>> {
    let last: unknown;
    return waitFor(
      async () => {
        const url = `${await this.url('import-service')}${where}`;
        const answer = await request<ImportResult & Problem>(url, { ...init, signal: AbortSignal.timeout(60_000) });
        last = answer.body;
        return answer.status === 429 || answer.status >= 500 ? undefined : answer;
      },
      { deadlineMs, everyMs: 250, what: () => `${init.method} ${where}; last: ${JSON.stringify(last)}` },
    );
  }
}

/** Ports that are free now, below those that the system gives out by itself. */
async function freePorts(count: number): Promise<string[]> {
  const found = new Set<string>();
  while (found.size < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) found.add(String(port));
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

import { HttpProblem } from '../problems/http-problem.js';

/** `reason` of what is ready tells what is not as it should be and does not keep the service from its work. */
export type Readiness =
  { readonly ready: true; readonly reason?: string } | { readonly ready: false; readonly reason: string };

/** Whether the service is ready for what a parameter of `/health/ready` asks; undefined where its value means nothing. */
export type ParameterCheck = (value: string) => Readiness | undefined;

/** Says whether one thing is ready. A throw, or silence past the deadline, means that it is not. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<Readiness> | Readiness;

export interface CheckResult {
  readonly name: string;
  readonly ready: boolean;
  readonly reason?: string;
}

interface RegisteredCheck {
  readonly name: string;
  readonly check: ReadinessCheck;
  readonly deadlineMs: number;
  running?: Promise<CheckResult>;
}

/** The named checks behind `GET /health/ready`. A service injects it, or takes it from its kit, and registers its own. */
export class Health {
  private readonly checks = new Map<string, RegisteredCheck>();
  private readonly parameters = new Map<string, ParameterCheck>();

  register(name: string, check: ReadinessCheck, deadlineMs = 2_000): void {
    if (this.checks.has(name)) throw new Error(`two readiness checks are called ${name}`);
    this.checks.set(name, { name, check, deadlineMs });
  }

  /** `GET /health/ready?parameter=value` asks for more than the checks: this answers. Other services pass it over. */
  answer(parameter: string, check: ParameterCheck): void {
    if (this.parameters.has(parameter)) throw new Error(`two answer to the parameter ${parameter}`);
    this.parameters.set(parameter, check);
  }

  /** Runs all checks at once. Probes that come meanwhile share the running ones. Throws `invalid-request`. */
  async inspect(query: Readonly<Record<string, unknown>> = {}): Promise<CheckResult[]> {
    const asked = [...this.parameters].flatMap(([name, check]) => (name in query ? ask(name, check, query[name]) : []));
    return [...(await Promise.all([...this.checks.values()].map(share))), ...asked];
  }
}

function ask(name: string, check: ParameterCheck, value: unknown): CheckResult {
  const readiness = typeof value === 'string' ? check(value) : undefined;
  if (readiness !== undefined) return { name, ...readiness };
  throw new HttpProblem(400, 'invalid-request', `the parameter ${name} has a value that means nothing here`, {
    actual: typeof value === 'string' ? value.slice(0, 100) : typeof value,
    remedy: `give ${name} once, with a proper value, or leave it out`,
  });
}

function share(entry: RegisteredCheck): Promise<CheckResult> {
  entry.running ??= run(entry).finally(() => delete entry.running);
  return entry.running;
}

async function run({ name, check, deadlineMs }: RegisteredCheck): Promise<CheckResult> {
  const aborter = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<Readiness>((resolve) => {
    timer = setTimeout(() => resolve({ ready: false, reason: `no answer within ${deadlineMs} ms` }), deadlineMs);
  });
  try {
    const answer = (async () => check(aborter.signal))();
    return { name, ...(await Promise.race([answer, deadline])) };
  } catch (error) {
    return { name, ready: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    aborter.abort();
  }
}

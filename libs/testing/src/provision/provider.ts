/** One way to a server for the tests. */
export interface Provider<Server> {
  readonly name: string;
  /** Answers why it cannot be had where this way is not open on this machine; throws where it is open and fails. */
  start(): Promise<Server | { readonly unavailable: string }>;
}

export type Provision<Server> = { readonly server: Server } | { readonly unavailable: string };

/**
 * Takes the first way that works, and says which it is and why not an earlier one. A way that is chosen by name (in the environment variable `choice`) is the only one, and
 * must work.
 */
export async function provide<Server extends object>(
  thing: string,
  choice: string,
  providers: readonly Provider<Server>[],
): Promise<Provision<Server>> {
  const chosen = process.env[choice];
  const names = providers.map(({ name }) => name);
  if (chosen && !names.includes(chosen)) throw new Error(`${choice}=${chosen}: it is one of ${names.join(', ')}`);
  const reasons: string[] = [];
  for (const provider of providers) {
    if (chosen && provider.name !== chosen) continue;
    const outcome = await provider.start().catch((error: unknown) => {
      if (chosen) throw error;
      return { unavailable: oneLine(error) };
    });
    if (!('unavailable' in outcome)) {
      process.stdout.write(`${thing} for the tests: ${provider.name}${because(reasons)}\n`);
      return { server: outcome };
    }
    reasons.push(`${provider.name}: ${outcome.unavailable}`);
  }
  if (chosen) throw new Error(`${choice}=${chosen} cannot be had: ${reasons.join('; ')}`);
  return { unavailable: reasons.join('; ') };
}

function because(reasons: readonly string[]): string {
  return reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 500);
}

import type { TurnWait } from '@muster/contracts';

/** For whom a node waits that is ready to run hooks, in words; what has failed elsewhere only stands aside. */
export function waitsForTurn(turns: ReadonlyMap<string, TurnWait>): string {
  const waiting = [...turns].filter(([, { failed }]) => !failed);
  const names = waiting.map(([name]) => name).join(', ');
  return `it waits for its turn to deploy ${names}: ${waiting[0]?.[1].detail ?? 'it is asked for again'}`;
}

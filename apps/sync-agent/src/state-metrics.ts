import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { ActionJournal } from './history/action-journal.js';
import type { ClockOffset } from './report/clock-offset.js';
import type { AgentState } from './state/agent-state.js';
import { queueView } from './state/queue-view.js';

export interface StateMetricsParts {
  readonly state: AgentState;
  readonly clock: ClockOffset;
  readonly journal: ActionJournal;
}

/** What the agent knows of itself at the moment at which it is asked, as gauges. */
export function registerStateMetrics(registry: Registry, { state, clock, journal }: StateMetricsParts): void {
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: () => {
        const value = read();
        if (value === undefined) made.reset();
        else made.set(value);
      },
    });
  };
  gauge('muster_agent_queue', 'Changes that this node knows of and has not begun', () => queueView(state).length);
  gauge('muster_agent_revision', 'The revision that this node has taken in', () => state.applied.revision);
  gauge('muster_agent_following', '1 while it follows the catalog, 0 before its first look or while it is forked', () =>
    Number(state.phase === 'following'),
  );
  gauge('muster_agent_paused', '1 while this node is held in maintenance', () => Number(state.paused !== undefined));
  gauge('muster_agent_waiting_turn', 'Extensions that wait for the hooks of other nodes', () => state.turns.size);
  gauge('muster_agent_catalog_away', '1 while the catalog cannot be read', () =>
    Number(state.catalogAway !== undefined),
  );
  gauge(
    'muster_agent_drifted_extensions',
    'Extensions whose directory is not as it was left',
    () => state.drifted.size,
  );
  gauge('muster_agent_foreign_directories', 'Directories that Muster did not put there', () => state.foreign.length);
  gauge('muster_agent_proof_age_seconds', 'Age of the last look at the disk that was proven', () => {
    return state.proof && (performance.now() - state.proof.lookedAt) / 1000;
  });
  gauge('muster_agent_clock_offset_seconds', "This node's clock less the database's", () => {
    return clock.ms === undefined ? undefined : clock.ms / 1000;
  });
  gauge('muster_agent_history_waiting', 'Entries of history that are not written yet', () => journal.size);
}

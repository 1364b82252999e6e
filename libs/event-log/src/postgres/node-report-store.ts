import { nodeReportSchema, type NodeReport } from '@muster/contracts';
import { EventLogError } from '../event-log-error.js';
import type { ReceivedReport } from '../port.js';
import type { StatementRunner } from './statement-runner.js';

export const REPORT_CHANNEL = 'muster_report';

/** After this silence a new instance is believed although its clock says that it started before the old one. */
const SILENCE_SECONDS = 60;

interface ReportRow {
  readonly node: string;
  readonly mark: string;
  readonly report: unknown;
  readonly received_at_ms: number;
  readonly read_at_ms: number;
}

/** One row of the table `node_report`, told apart from every other state of it by its mark. */
export interface StoredReport {
  readonly node: string;
  readonly mark: string;
  readonly received: ReceivedReport | EventLogError;
}

const MARK = `instance || ' ' || seq || ' ' || extract(epoch from received_at)`;

/** The latest report of each node in the table `node_report`. */
export class NodeReportStore {
  constructor(private readonly statements: StatementRunner) {}

  /**
   * An older report (by the start of its instance, then by its number) never takes the place of a newer one. Only a node
   * whose clock was set back would be shut out by that for as long: so a silence of a minute, or the last word
   * of the instance known, lets any other instance in.
   */
  async put(report: NodeReport): Promise<void> {
    await this.statements.run(
      `with put as (
         insert into node_report as kept (node, instance, started_at, seq, report) values ($1, $2, $3, $4, $5)
         on conflict (node) do update
           set instance = excluded.instance, started_at = excluded.started_at, seq = excluded.seq, report = excluded.report,
               received_at = clock_timestamp()
         where (excluded.started_at, excluded.instance, excluded.seq) > (kept.started_at, kept.instance, kept.seq)
            or (excluded.instance <> kept.instance
                and (kept.report ->> 'state' in ('stopped', 'retired')
                     or kept.received_at < clock_timestamp() - make_interval(secs => ${SILENCE_SECONDS})))
         returning node)
       select pg_notify('${REPORT_CHANNEL}', node) from put`,
      [report.node, report.instance, report.startedAt, report.seq, JSON.stringify(report)],
    );
  }

  /** The marks of all nodes: how a reader finds out what is new to it. */
  async marks(): Promise<Map<string, string>> {
    const rows = await this.statements.run<{ node: string; mark: string }>(
      `select node, ${MARK} as mark from node_report`,
    );
    return new Map(rows.map(({ node, mark }) => [node, mark]));
  }

  async read(nodes: readonly string[]): Promise<StoredReport[]> {
    const rows = await this.statements.run<ReportRow>(
      `select node, ${MARK} as mark, report, (extract(epoch from received_at) * 1000)::float8 as received_at_ms,
              (extract(epoch from clock_timestamp()) * 1000)::float8 as read_at_ms
         from node_report where node = any($1) order by received_at`,
      [nodes],
    );
    return rows.map((row) => ({ node: row.node, mark: row.mark, received: toReceived(row) }));
  }
}

function toReceived(row: ReportRow): ReceivedReport | EventLogError {
  const parsed = nodeReportSchema.safeParse(row.report);
  if (parsed.success) return { report: parsed.data, receivedAtMs: row.received_at_ms, readAtMs: row.read_at_ms };
  return new EventLogError('log-report-unreadable', `the report of node ${row.node} cannot be read and was skipped`, {
    remedy: 'a newer version of Muster may have written it: bring this service up to that version',
    cause: parsed.error,
  });
}

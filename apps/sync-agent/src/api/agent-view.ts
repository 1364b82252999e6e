import type { NodeEntities, NodeExtensions, NodeView } from '@muster/contracts';
import type { NodeReports } from '../report/node-reports.js';
import type { Reporter } from '../report/reporter.js';
import type { EntityShelf } from './entity-shelf.js';

/** What the REST interface shows. All of it is in memory: it answers while the database is away. */
export class AgentView {
  constructor(
    private readonly reports: NodeReports,
    private readonly reporter: Pick<Reporter, 'lastSeq'>,
    private readonly shelf: EntityShelf,
  ) {}

  node(): NodeView {
    return this.reports.view(this.reporter.lastSeq);
  }

  extensions(): NodeExtensions {
    const { node, revision, extensions } = this.reports.report(this.reporter.lastSeq);
    return { node, revision, extensions };
  }

  async entities(): Promise<NodeEntities> {
    const { node, revision } = this.reports.report(this.reporter.lastSeq);
    return { node, revision, entities: await this.shelf.list() };
  }
}

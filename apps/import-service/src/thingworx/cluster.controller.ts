import { Catalog, type ExpectedNode } from '@muster/catalog';
import { HttpProblem, SERVICE_KIT, type ServiceKit } from '@muster/service-kit';
import { Controller, Get, Header, HttpCode, Inject, Post, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { TextProblemFilter } from './text-problem.js';

export interface ClusterStatus {
  readonly clusterName: string;
  readonly revision: number;
  readonly nodes: readonly ClusterNode[];
}

export interface ClusterNode {
  readonly name: string;
  /** Whether its agent is alive, by the lease that it holds in the catalog. What it has installed: `GET /convergence`. */
  readonly status: 'ONLINE' | 'OFFLINE' | 'PAUSED';
  readonly address: string;
  /** In ms since 1970, as the platform has times. */
  readonly startTime: number;
}

@ApiTags('thingworx')
@Controller('Thingworx')
@UseFilters(TextProblemFilter)
export class ClusterController {
  constructor(
    private readonly catalog: Catalog,
    @Inject(SERVICE_KIT) private readonly kit: ServiceKit,
  ) {}

  @Post('Subsystems/ClusteringSubsystem/Services/GetClusterStatus')
  @HttpCode(200)
  @ApiOperation({ summary: 'The nodes of the cluster' })
  @ApiOkResponse({ description: 'every expected node, and whether it is alive' })
  async status(): Promise<ClusterStatus> {
    const [{ revision }, nodes] = await Promise.all([this.catalog.head(), this.catalog.nodes.expected()]);
    return { clusterName: this.kit.config.MUSTER_CLUSTER, revision, nodes: nodes.map(clusterNode) };
  }

  /** The process runs. */
  @Get('health')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'the service runs' })
  health(): { readonly healthy: true } {
    return { healthy: true };
  }

  /** Uploads can be taken. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'the service takes uploads' })
  @ApiServiceUnavailableResponse({ description: 'it does not, and why' })
  async ready(): Promise<{ readonly ready: true }> {
    if (this.kit.shutdown.signal.aborted) throw new HttpProblem(503, 'stopping', 'the service stops');
    const failing = (await this.kit.health.inspect()).filter((check) => !check.ready);
    if (failing.length === 0) return { ready: true };
    const detail = failing.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
    throw new HttpProblem(503, 'not-ready', detail, { retryAfterSeconds: 1 });
  }
}

function clusterNode({ node, address, leased, paused, startedAt }: ExpectedNode): ClusterNode {
  return {
    name: node,
    status: !leased ? 'OFFLINE' : paused === undefined ? 'ONLINE' : 'PAUSED',
    address: address ?? '',
    startTime: Date.parse(startedAt),
  };
}

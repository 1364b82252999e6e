import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { SERVICE_KIT, type ServiceKit } from '../kit.js';
import { NotReady } from './not-ready.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(@Inject(SERVICE_KIT) private readonly kit: ServiceKit) {}

  /** The process runs and answers. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'the process runs' })
  live() {
    const { name, version } = this.kit;
    return { status: 'live', service: name, version, pid: process.pid, uptimeSeconds: Math.round(process.uptime()) };
  }

  /** The service can do its work. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'all checks pass' })
  @ApiServiceUnavailableResponse({ description: 'names the checks that fail, with their reasons' })
  async ready(@Query() query: Record<string, unknown>) {
    if (this.kit.shutdown.signal.aborted) throw new NotReady('stopping', 'the service stops', []);
    const checks = await this.kit.health.inspect(query);
    const failing = checks.filter((check) => !check.ready);
    if (failing.length === 0) return { status: 'ready', service: this.kit.name, checks };
    throw new NotReady('not-ready', failing.map(({ name, reason }) => `${name}: ${reason}`).join('; '), checks);
  }
}

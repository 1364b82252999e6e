import { Catalog, type ChangeLogLine } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import { Controller, HttpCode, Param, Post, Req, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { LOG_ENTRY } from './answer/data-shapes.js';
import { infoTable, type InfoTable } from './answer/info-table.js';
import { readLogQuery } from './log-query.js';
import { inputOf } from './service-input.js';
import { TextProblemFilter } from './text-problem.js';

const UPLOADER = 'c.t.webservices.ExtensionPackageUploader';
const PLATFORM = 'c.t.s.subsystems.platform.PlatformSubsystem';

export interface LogRow {
  /** ms since 1970. */
  readonly timestamp: number;
  readonly level: string;
  readonly origin: string;
  readonly content: string;
  readonly user: string;
  readonly instance: string;
  readonly thread: string;
  readonly session: string;
  readonly platformId: string;
}

@ApiTags('thingworx')
@Controller('Thingworx/Logs')
@UseFilters(TextProblemFilter)
export class LogController {
  constructor(private readonly catalog: Catalog) {}

  @Post(':log/Services/QueryLogEntries')
  @HttpCode(200)
  @ApiOperation({ summary: 'What became of every upload and removal, and why it was refused; other logs are empty' })
  @ApiOkResponse({ description: 'rows with timestamp, level, origin, content, user, …' })
  async entries(@Param('log') log: string, @Req() request: Request): Promise<InfoTable<LogRow>> {
    const { origin, ...query } = readLogQuery(inputOf(request));
    const lines = log === 'ApplicationLog' ? await this.lines(query) : [];
    const rows = lines.map(logRow).filter((row) => origin === undefined || row.origin === origin);
    return infoTable(LOG_ENTRY, rows);
  }

  private async lines(query: Parameters<Catalog['changeLog']['lines']>[0]): Promise<ChangeLogLine[]> {
    try {
      return await this.catalog.changeLog.lines(query);
    } catch (error) {
      if (!(error instanceof MusterError) || error.code !== 'pattern-invalid') throw error;
      throw new HttpProblem(400, error.code, error.message, { remedy: 'Quote what is meant as it stands: \\Q…\\E.' });
    }
  }
}

function logRow({ at, level, action, content, actor, subject, source, requestId }: ChangeLogLine): LogRow {
  return {
    timestamp: at.getTime(),
    level,
    origin: action === 'import' || action === 'validate' ? UPLOADER : PLATFORM,
    content,
    user: actor,
    instance: subject ?? '',
    thread: requestId ?? '',
    session: source ?? '',
    platformId: '',
  };
}

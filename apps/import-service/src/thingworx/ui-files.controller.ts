import { InstalledFiles } from '@muster/node-storage';
import { HttpProblem, sendFile } from '@muster/service-kit';
import { Controller, Get, Param, Req, Res, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { TextProblemFilter } from './text-problem.js';

@ApiTags('thingworx')
@Controller('Thingworx/Common/extensions')
@UseFilters(TextProblemFilter)
export class UiFilesController {
  constructor(private readonly files: InstalledFiles) {}

  @Get(':name/ui/*path')
  @ApiOperation({ summary: 'A file below ui/ of an extension that is installed on the node of this service' })
  @ApiOkResponse({ description: 'the file; ranges are served' })
  async file(
    @Param('name') name: string,
    @Param('path') path: string[],
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const sent = await this.files.withFile(name, ['ui', ...path], (file) =>
      sendFile(request, response, path.at(-1) ?? '', file),
    );
    if (sent === undefined) throw new HttpProblem(404, 'not-found', 'no such file is installed on this node');
  }
}

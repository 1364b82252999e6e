import { sha256Schema } from '@muster/contracts';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { PackageSender } from './package-sender.js';
import { refusal } from './open-api.js';

@ApiTags('packages')
@Controller('packages')
export class PackagesController {
  constructor(private readonly sender: PackageSender) {}

  @Get(':sha256')
  @ApiOperation({
    summary: 'A zip by its sha256',
    description:
      'Immutable, ranged, with an ETag: any proxy may stand in front. Offered for saving as `<name>-<version>.zip`.',
  })
  @ApiParam({ name: 'sha256', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } })
  @ApiProduces('application/zip')
  @ApiOkResponse({ description: 'the zip' })
  @ApiResponse({ status: 206, description: 'the range that was asked for' })
  @ApiResponse({ status: 304, description: 'the caller has it already' })
  @ApiResponse(
    refusal(404, 'Not Found', [{ code: 'package-unknown', detail: 'the catalog has no zip with this sha256' }]),
  )
  @ApiResponse(
    refusal(416, 'Range Not Satisfiable', [
      { code: 'range-not-satisfiable', detail: 'the range lies outside the body' },
    ]),
  )
  async package(
    @Param('sha256', { schema: sha256Schema }) sha256: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.sender.send(request, response, { sha256, immutable: true });
  }
}

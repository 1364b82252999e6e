import { importPlanSchema, importResultSchema, type ImportPlan, type ImportResult } from '@muster/contracts';
import { Controller, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Attempt } from '../change/attempt.js';
import { Importer } from '../change/importer.js';
import { ChangeRecorder } from '../record/change-recorder.js';
import { ImportSlots } from '../upload/import-slots.js';
import { askerOf } from './asker-of.js';
import { answers, openApi } from './open-api.js';
import * as examples from './refusal-examples.js';

export const importQuerySchema = z.strictObject({
  /** The plan and every reason, and nothing is changed. */
  dryRun: z.stringbool().default(false),
  /** Takes the same version with other bytes. */
  force: z.stringbool().default(false),
  /** Takes a version that is lower than the installed one; `force` alone does not. */
  allowDowngrade: z.stringbool().default(false),
  /** `skip-installed`: what is installed in the same version or a newer one is left out. By default all or nothing. */
  partial: z.enum(['none', 'skip-installed']).default('none'),
});

@ApiTags('imports')
@Controller('imports')
export class ImportsController {
  constructor(
    private readonly importer: Importer,
    private readonly slots: ImportSlots,
    private readonly recorder: ChangeRecorder,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Import extension packages',
    description:
      'A zip as the body, or zips as the files of a form; a zip of zips is a bundle. What one request brings is one revision, all or nothing, in the order in which the packages need each other. It is checked, unpacked and deployed on the node of this service, then committed; every other node follows. Wait for them with GET /convergence?revision=R&wait=30s of the status-service. `packages` tells what became of each.',
  })
  @ApiConsumes('application/zip', 'application/octet-stream', 'multipart/form-data')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiQuery({ name: 'dryRun', required: false, schema: { type: 'boolean', default: false } })
  @ApiQuery({ name: 'force', required: false, schema: { type: 'boolean', default: false } })
  @ApiQuery({
    name: 'allowDowngrade',
    required: false,
    schema: { type: 'boolean', default: false },
    description: 'takes a version that is lower than the installed one; `force` alone does not',
  })
  @ApiQuery({
    name: 'partial',
    required: false,
    schema: { type: 'string', enum: ['none', 'skip-installed'], default: 'none' },
    description: '`skip-installed` leaves out what is installed in the same version or a newer one',
  })
  @ApiCreatedResponse(answers('the revision that the import made', importResultSchema))
  @ApiOkResponse({
    description: 'all of it is current already or was left out (`changes` is empty), or the plan of a dry run',
    schema: { oneOf: [openApi(importResultSchema), openApi(importPlanSchema)] },
  })
  @ApiResponse(examples.REFUSED_UPLOAD)
  @ApiResponse(examples.REFUSED_BY_CATALOG)
  @ApiResponse(examples.REFUSED_TOO_LARGE)
  @ApiResponse(examples.REFUSED_PACKAGE)
  @ApiResponse(examples.REFUSED_BUSY)
  @ApiResponse(examples.REFUSED_NOT_NOW)
  @ApiResponse(examples.REFUSED_DISK_FULL)
  async import(
    @Query({ schema: importQuerySchema }) { dryRun, ...options }: z.output<typeof importQuerySchema>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ImportResult | ImportPlan> {
    const attempt = new Attempt('import', askerOf(request, response));
    if (dryRun) {
      response.status(200);
      return this.slots.run(() =>
        this.recorder.explain(attempt, () => this.importer.dryRun(request, options, attempt)),
      );
    }
    const result = await this.recorder.record(attempt, () =>
      this.slots.run(() => this.importer.import(request, options, attempt)),
    );
    response.status(result.changes.length === 0 ? 200 : 201).setHeader('Server-Timing', attempt.clock.toServerTiming());
    return result;
  }
}

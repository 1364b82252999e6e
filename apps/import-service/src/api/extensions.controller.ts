import { Catalog } from '@muster/catalog';
import {
  extensionDetailSchema,
  extensionListSchema,
  importResultSchema,
  isExtensionName,
  type ExtensionDetail,
  type ExtensionList,
  removalPlanSchema,
  type ImportResult,
  type RemovalPlan,
} from '@muster/contracts';
import { Controller, Delete, Get, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Attempt } from '../change/attempt.js';
import { Remover } from '../change/remover.js';
import { extensionUnknown } from '../problems/rollback-problems.js';
import { ChangeRecorder } from '../record/change-recorder.js';
import { ImportSlots } from '../upload/import-slots.js';
import { askerOf } from './asker-of.js';
import { answers, openApi } from './open-api.js';
import { PackageSender } from './package-sender.js';
import * as examples from './refusal-examples.js';

const removalQuerySchema = z.strictObject({
  /** The plan and every reason, and nothing is changed. */
  dryRun: z.stringbool().default(false),
  /** The zips are deleted, too. */
  purge: z.stringbool().default(false),
  /** All that need it go with it, as one revision. */
  cascade: z.stringbool().default(false),
});

@ApiTags('extensions')
@Controller('extensions')
export class ExtensionsController {
  constructor(
    private readonly catalog: Catalog,
    private readonly remover: Remover,
    private readonly sender: PackageSender,
    private readonly slots: ImportSlots,
    private readonly recorder: ChangeRecorder,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The extensions at head' })
  @ApiOkResponse(answers('sorted by name', extensionListSchema))
  async list(): Promise<ExtensionList> {
    const [{ revision, chain }, extensions] = await Promise.all([this.catalog.head(), this.catalog.extensions.list()]);
    return { revision, chain, extensions };
  }

  @Get(':name')
  @ApiOperation({ summary: 'One extension, with its metadata, the versions that it had, and its latest changes' })
  @ApiOkResponse(answers('the extension', extensionDetailSchema))
  @ApiResponse(examples.NOT_FOUND)
  async detail(@Param('name') name: string): Promise<ExtensionDetail> {
    if (!isExtensionName(name)) throw extensionUnknown(name);
    const detail = await this.catalog.extensions.detail(name);
    if (detail === undefined) throw extensionUnknown(name, await this.catalog.versions.known(name));
    return detail;
  }

  @Get(':name/package')
  @ApiOperation({ summary: 'The zip that is current, byte for byte as it was imported' })
  @ApiProduces('application/zip')
  @ApiOkResponse({ description: 'the zip; ranges are served' })
  @ApiResponse(examples.NOT_FOUND)
  async package(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { sha256 } = await this.detail(name);
    await this.sender.send(request, response, { sha256, immutable: false });
  }

  @Delete(':name')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove an extension from every node',
    description:
      'Refused while others need it, with the list of them as `blockers`; `cascade` removes these, too, whoever needs something before what it needs, as one revision, all or nothing. `dryRun` tells the order and the entities that go.',
  })
  @ApiQuery({ name: 'dryRun', required: false, schema: { type: 'boolean', default: false } })
  @ApiQuery({ name: 'cascade', required: false, schema: { type: 'boolean', default: false } })
  @ApiQuery({ name: 'purge', required: false, schema: { type: 'boolean', default: false } })
  @ApiOkResponse({
    description: 'the revision that removed it, or the plan of a dry run',
    schema: { oneOf: [openApi(importResultSchema), openApi(removalPlanSchema)] },
  })
  @ApiResponse(examples.NOT_FOUND)
  @ApiResponse(examples.REFUSED_REMOVAL)
  @ApiResponse(examples.REFUSED_BUSY)
  @ApiResponse(examples.REFUSED_NOT_NOW)
  async remove(
    @Param('name') name: string,
    @Query({ schema: removalQuerySchema }) { dryRun, ...options }: z.output<typeof removalQuerySchema>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ImportResult | RemovalPlan> {
    const attempt = new Attempt('remove', askerOf(request, response));
    if (dryRun) return this.recorder.explain(attempt, () => this.remover.dryRun(name, options, attempt));
    const result = await this.recorder.record(attempt, () =>
      this.slots.run(() => this.remover.remove(name, options, attempt)),
    );
    response.setHeader('Server-Timing', attempt.clock.toServerTiming());
    return result;
  }
}

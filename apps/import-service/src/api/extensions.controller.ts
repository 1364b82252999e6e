import { Catalog } from '@muster/catalog';
import {
  extensionDetailSchema,
  extensionListSchema,
  importResultSchema,
  isExtensionName,
  type ExtensionDetail,
  type ExtensionList,
  type ImportResult,
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
import { answers } from './open-api.js';
import { PackageSender } from './package-sender.js';
import * as examples from './refusal-examples.js';

const removalQuerySchema = z.strictObject({ purge: z.stringbool().default(false) });

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
  @ApiOperation({ summary: 'Remove an extension from every node' })
  @ApiQuery({ name: 'purge', required: false, schema: { type: 'boolean', default: false } })
  @ApiOkResponse(answers('the revision that removed it', importResultSchema))
  @ApiResponse(examples.NOT_FOUND)
  @ApiResponse(examples.REFUSED_REMOVAL)
  @ApiResponse(examples.REFUSED_BUSY)
  @ApiResponse(examples.REFUSED_NOT_NOW)
  async remove(
    @Param('name') name: string,
    @Query({ schema: removalQuerySchema }) { purge }: z.output<typeof removalQuerySchema>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ImportResult> {
    const attempt = new Attempt('remove', askerOf(request, response));
    const result = await this.recorder.record(attempt, () =>
      this.slots.run(() => this.remover.remove(name, { purge }, attempt)),
    );
    response.setHeader('Server-Timing', attempt.clock.toServerTiming());
    return result;
  }
}

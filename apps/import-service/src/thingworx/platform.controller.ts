import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { askerOf } from '../api/asker-of.js';
import { Attempt } from '../change/attempt.js';
import { Remover } from '../change/remover.js';
import { ChangeRecorder } from '../record/change-recorder.js';
import { ImportSlots } from '../upload/import-slots.js';
import type { InfoTable } from './answer/info-table.js';
import type { PackageRow } from './answer/package-row.js';
import { InstalledPackages, type EntityRow } from './installed-packages.js';
import { packageNameOf } from './service-input.js';
import { TextProblemFilter } from './text-problem.js';

const SERVICES = 'Subsystems/PlatformSubsystem/Services';

@ApiTags('thingworx')
@Controller('Thingworx')
@UseFilters(TextProblemFilter)
export class PlatformController {
  constructor(
    private readonly installed: InstalledPackages,
    private readonly remover: Remover,
    private readonly slots: ImportSlots,
    private readonly recorder: ChangeRecorder,
  ) {}

  @Get('ExtensionPackages')
  @ApiOperation({ summary: 'The extension packages at head, as an InfoTable' })
  @ApiOkResponse({ description: 'rows with name, packageVersion, vendor, …' })
  collection(): Promise<InfoTable<PackageRow>> {
    return this.installed.list();
  }

  @Post(`${SERVICES}/GetExtensionPackageList`)
  @HttpCode(200)
  @ApiOperation({ summary: 'The same' })
  @ApiOkResponse({ description: 'rows with name, packageVersion, vendor, …' })
  list(): Promise<InfoTable<PackageRow>> {
    return this.installed.list();
  }

  @Post(`${SERVICES}/GetExtensionPackageDetails`)
  @HttpCode(200)
  @ApiOperation({ summary: 'The entities and jars of one package' })
  @ApiQuery({ name: 'packageName', required: false })
  @ApiOkResponse({ description: 'rows with id, name, type, parentName, …' })
  content(@Req() request: Request): Promise<InfoTable<EntityRow>> {
    return this.installed.content(packageNameOf(request));
  }

  @Post(`${SERVICES}/GetExtensionsInUse`)
  @HttpCode(200)
  @ApiOperation({ summary: 'What keeps a package from being removed' })
  @ApiQuery({ name: 'packageName', required: false })
  @ApiOkResponse({ description: 'rows of the extensions that need it' })
  users(@Req() request: Request): Promise<InfoTable<EntityRow>> {
    return this.installed.users(packageNameOf(request));
  }

  @Post(`${SERVICES}/DeleteExtensionPackage`)
  @HttpCode(200)
  @ApiOperation({ summary: 'Remove a package from every node' })
  @ApiQuery({ name: 'packageName', required: false })
  @ApiOkResponse({ description: 'it was removed; the body is empty' })
  async remove(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    const name = packageNameOf(request);
    const attempt = new Attempt('remove', askerOf(request, response));
    await this.recorder.record(attempt, () =>
      this.slots.run(() => this.remover.remove(name, { purge: false, cascade: false }, attempt)),
    );
  }
}

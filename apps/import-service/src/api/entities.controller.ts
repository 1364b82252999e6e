import { Catalog } from '@muster/catalog';
import { entityListSchema, extensionNameSchema, type EntityList } from '@muster/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { answers } from './open-api.js';

const querySchema = z.strictObject({ extension: extensionNameSchema.optional() });

@ApiTags('entities')
@Controller('entities')
export class EntitiesController {
  constructor(private readonly catalog: Catalog) {}

  @Get()
  @ApiOperation({ summary: 'The entities at head and the extensions that own them' })
  @ApiQuery({ name: 'extension', required: false, schema: { type: 'string' } })
  @ApiOkResponse(answers('sorted by type and name', entityListSchema))
  async list(@Query({ schema: querySchema }) { extension }: z.output<typeof querySchema>): Promise<EntityList> {
    const [{ revision }, entities] = await Promise.all([this.catalog.head(), this.catalog.entities.list(extension)]);
    return { revision, entities };
  }
}

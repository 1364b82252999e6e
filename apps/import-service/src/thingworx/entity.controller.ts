import { Catalog } from '@muster/catalog';
import { HttpProblem } from '@muster/service-kit';
import { Controller, Get, Param, UseFilters } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { typeOf } from './answer/collection-of.js';
import { TextProblemFilter } from './text-problem.js';

export interface KnownEntity {
  readonly name: string;
  readonly type: string;
  readonly parentName: string;
  /** The extension that owns it. */
  readonly extension: string;
}

/** Installers ask for a thing of the package that they have uploaded, until it is there. */
@ApiTags('thingworx')
@Controller('Thingworx')
@UseFilters(TextProblemFilter)
export class EntityController {
  constructor(private readonly catalog: Catalog) {}

  @Get(':collection/:name')
  @ApiOperation({ summary: 'Whether an entity is there, and which extension brought it' })
  @ApiOkResponse({ description: 'it is: name, type and owner; its definition is with the application server' })
  @ApiNotFoundResponse({ description: 'no extension at head brings it' })
  async entity(@Param('collection') collection: string, @Param('name') name: string): Promise<KnownEntity> {
    const type = typeOf(collection);
    const [owned] = await this.catalog.entities.owners([{ type, name }]);
    if (owned !== undefined) return { name, type, parentName: collection, extension: owned.extension };
    throw new HttpProblem(404, 'entity-unknown', `no extension brings ${JSON.stringify(name)} of ${collection}`, {
      remedy: 'Muster knows what extensions bring; for everything else ask the application server.',
    });
  }
}

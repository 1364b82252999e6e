import { HttpProblem } from '@muster/service-kit';
import { Controller, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiNotAcceptableResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { askerOf } from '../api/asker-of.js';
import { Attempt } from '../change/attempt.js';
import type { UploadReport } from './answer/upload-report.js';
import { TextProblemFilter } from './text-problem.js';
import { Uploads } from './uploads.js';

const FORM = {
  type: 'object',
  properties: { file: { type: 'string', format: 'binary', description: 'whatever the part is called' } },
};

@ApiTags('thingworx')
@Controller('Thingworx/ExtensionPackageUploader')
@UseFilters(TextProblemFilter)
export class UploaderController {
  constructor(private readonly uploads: Uploads) {}

  @Post()
  @ApiOperation({
    summary: 'Import an extension package, as ThingWorx takes it',
    description: 'The first file of the form. See docs/thingworx.md for statuses, rows and messages.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: FORM })
  @ApiQuery({ name: 'purpose', required: false, schema: { enum: ['import', 'upgrade'], default: 'import' } })
  @ApiQuery({ name: 'validate', required: false, schema: { type: 'boolean', default: false } })
  @ApiOkResponse({ description: 'an InfoTable: rows[0].validate, and rows[1].install where something was to be done' })
  @ApiNotAcceptableResponse({
    description: 'the same with a failure among its rows, or a text where nothing could be read',
  })
  async upload(
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UploadReport['table']> {
    const only = onlyValidate(query);
    const attempt = new Attempt('import', askerOf(request, response));
    const { status, table } = await this.uploads[only ? 'validate' : 'import'](request, attempt);
    response.status(status).setHeader('Server-Timing', attempt.clock.toServerTiming());
    return table;
  }
}

/** `upgrade` is what one script tries after `import`: an import upgrades anyway. @throws HttpProblem 400 `invalid-request` */
function onlyValidate({ purpose = 'import', validate = 'false' }: Readonly<Record<string, unknown>>): boolean {
  if (purpose !== '' && purpose !== 'import' && purpose !== 'upgrade')
    throw unknownParameter('purpose', purpose, 'import');
  if (validate === '' || /^false$/i.test(String(validate))) return false;
  if (/^true$/i.test(String(validate))) return true;
  throw unknownParameter('validate', validate, 'true or false');
}

function unknownParameter(name: string, value: unknown, takes: string): HttpProblem {
  return new HttpProblem(400, 'invalid-request', `the parameter ${name} has a value that means nothing here`, {
    actual: String(value).slice(0, 100),
    limit: takes,
    remedy: `Send ${name}=${takes}. To have a package validated only, send purpose=import&validate=true.`,
  });
}

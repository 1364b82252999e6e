import {
  importPlanSchema,
  importResultSchema,
  PROPOSAL_DEADLINE,
  type ImportPlan,
  type ImportResult,
} from '@muster/contracts';
import { duration } from '@muster/service-kit';
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
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Attempt } from '../change/attempt.js';
import { Importer } from '../change/importer.js';
import { Activation } from '../change/together/activation.js';
import type { ProposalTerms } from '../change/together/proposer.js';
import { ChangeRecorder } from '../record/change-recorder.js';
import type { ImportOptions } from '../rules/import-options.js';
import { ImportSlots } from '../upload/import-slots.js';
import { askerOf } from './asker-of.js';
import { answers, openApi } from './open-api.js';
import * as examples from './refusal-examples.js';

const { defaultMs, minMs, maxMs } = PROPOSAL_DEADLINE;
const DEADLINE_TAKES = `a duration from ${minMs / 1_000}s to ${maxMs / 3_600_000}h`;
const ONLY_TOGETHER = 'only with activate=together';

export const importQuerySchema = z
  .strictObject({
    /** The plan and every reason, and nothing is changed. */
    dryRun: z.stringbool().default(false),
    /** Takes the same version with other bytes. */
    force: z.stringbool().default(false),
    /** Takes a version that is lower than the installed one; `force` alone does not. */
    allowDowngrade: z.stringbool().default(false),
    /** `skip-installed`: what is installed in the same version or a newer one is left out. By default all or nothing. */
    partial: z.enum(['none', 'skip-installed']).default('none'),
    /** `together`: every node stages and checks it first, then all switch at once, or none does. By default each follows when it can. */
    activate: z.enum(['each', 'together']).default('each'),
    /** How long the nodes may take to get ready. */
    deadline: duration()
      .refine((ms) => ms >= minMs && ms <= maxMs, DEADLINE_TAKES)
      .optional(),
    /** A new UUID, to ask with how far the nodes are meanwhile. */
    proposal: z.uuid().toLowerCase().optional(),
  })
  .check(({ value, issues }) => {
    if (value.activate === 'together') return;
    for (const name of ['deadline', 'proposal'] as const) {
      if (value[name] !== undefined)
        issues.push({ code: 'custom', message: ONLY_TOGETHER, path: [name], input: value[name] });
    }
  });
type ImportQuery = z.output<typeof importQuerySchema>;

@ApiTags('imports')
@Controller('imports')
export class ImportsController {
  constructor(
    private readonly importer: Importer,
    private readonly activation: Activation,
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
  @ApiQuery({
    name: 'activate',
    required: false,
    schema: { type: 'string', enum: ['each', 'together'], default: 'each' },
    description:
      '`together`: every expected node stages and checks it first, then all switch at once; where one cannot get ready within the deadline nothing changes anywhere. The answer comes when it is decided: GET /proposals/{id} tells how far the nodes are',
  })
  @ApiQuery({
    name: 'deadline',
    required: false,
    schema: { type: 'string', example: '60s', default: `${defaultMs / 1_000}s` },
    description: `of an activation together: ${DEADLINE_TAKES}`,
  })
  @ApiQuery({
    name: 'proposal',
    required: false,
    schema: { type: 'string', format: 'uuid' },
    description: 'of an activation together: the id that its proposal is to have; by default a new one',
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
    @Query({ schema: importQuerySchema }) { dryRun, activate, deadline, proposal, ...options }: ImportQuery,
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
    const terms = { id: proposal ?? randomUUID(), deadlineMs: deadline ?? defaultMs };
    const result = await this.recorder.record(attempt, () =>
      activate === 'together'
        ? this.together(request, options, terms, attempt)
        : this.slots.run(() => this.importer.import(request, options, attempt)),
    );
    response.status(result.changes.length === 0 ? 200 : 201).setHeader('Server-Timing', attempt.clock.toServerTiming());
    return result;
  }

  /** While the nodes get ready no slot is held: nothing is left to be done here. */
  private async together(
    request: Request,
    options: ImportOptions,
    terms: ProposalTerms,
    attempt: Attempt,
  ): Promise<ImportResult> {
    const taken = await this.slots.run(() => this.importer.propose(request, options, terms, attempt));
    return 'kind' in taken ? this.activation.conclude(taken, attempt) : taken;
  }
}

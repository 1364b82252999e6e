import { MusterError } from '@muster/contracts';
import {
  Body,
  Controller,
  Get,
  HttpException,
  Inject,
  Injectable,
  Module,
  Param,
  Post,
  Query,
  Req,
} from '@nestjs/common';
import type { Request } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { callerOf } from '../guard/token-verifier.js';
import { Health } from '../health/health.js';
import { LOGGER } from '../kit.js';
import { HttpProblem } from '../problems/http-problem.js';
import { Shutdown } from '../shutdown.js';

@Injectable()
export class Greeter {
  constructor(
    @Inject(LOGGER) private readonly log: Logger,
    readonly health: Health,
    readonly shutdown: Shutdown,
  ) {}

  greet(name: string): { greeting: string } {
    this.log.info('greets');
    return { greeting: `hello ${name}` };
  }
}

const thingSchema = z.object({ size: z.number().int().max(10) });
const querySchema = z.object({ count: z.coerce.number().int().default(1), dryRun: z.stringbool().default(false) });
/** What the specs look at and set. */
export const state = { changes: 0, finishSlow: (): void => undefined };

@Controller()
class ThingController {
  constructor(private readonly greeter: Greeter) {}

  @Get('greetings/:name')
  greet(@Param('name', { schema: z.string().regex(/^[a-z]+$/, 'lower-case letters') }) name: string) {
    return this.greeter.greet(name);
  }

  @Get('queries')
  query(@Query({ schema: querySchema }) query: z.output<typeof querySchema>) {
    return query;
  }

  @Post('things')
  make(@Body({ schema: thingSchema }) thing: z.output<typeof thingSchema>, @Req() request: Request) {
    state.changes += 1;
    return { thing, actor: callerOf(request).subject };
  }

  @Post('uploads')
  async upload(@Req() request: Request) {
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length;
    return { bytes };
  }

  @Post('refusals')
  refuse(): never {
    throw new HttpProblem(413, 'too-large', 'too many bytes', { limit: 10, actual: 11 });
  }

  @Get('errors/:kind')
  fail(@Param('kind') kind: string): never {
    if (kind === 'registered')
      throw new MusterError('name-taken', 'the name is taken', { limit: 1, actual: 2, remedy: 'r' });
    if (kind === 'unregistered') throw new MusterError('never-heard-of', 'a bug');
    if (kind === 'busy')
      throw new HttpProblem(503, 'origin-behind', 'not now', { retryAfterSeconds: 6.5, undone: ['swap'] });
    if (kind === 'http') throw new HttpException('gone away', 410);
    throw new TypeError('the password is hunter2');
  }

  @Get('slow')
  slow() {
    return new Promise((resolve) => (state.finishSlow = () => resolve({ done: true })));
  }
}

@Module({ controllers: [ThingController], providers: [Greeter] })
export class ThingModule {}

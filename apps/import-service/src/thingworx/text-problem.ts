import type { Problem } from '@muster/contracts';
import { LOGGER, sendProblem, type RenderedProblem } from '@muster/service-kit';
import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';

/** A refusal as ThingWorx gives it, a bare text, only that ours says why and what to do. */
export function asText({ title, code, detail, remedy }: Problem): RenderedProblem {
  const sentences = [`${title}: ${detail}.`, ...(remedy === undefined ? [] : [remedy]), `[${code}]`];
  return { contentType: 'text/plain; charset=utf-8', body: sentences.join(' ') };
}

/** Pipelines print the body of what is refused: a text is what they are used to. */
@Catch()
export class TextProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(http.getRequest<Request>(), http.getResponse<Response>(), error, this.logger, asText);
  }
}

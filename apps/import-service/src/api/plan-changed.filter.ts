import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PlanChanged } from '../recovery/recovery-problems.js';

/** The one refusal that carries more than a problem does: what the nodes would do now. */
@Catch(PlanChanged)
export class PlanChangedFilter implements ExceptionFilter<PlanChanged> {
  catch({ status, code, message, actual, remedy, plan }: PlanChanged, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const instance = http.getRequest<Request>().path;
    const problem = { type: 'about:blank', title: 'Conflict', status, code, detail: message, instance, actual, remedy };
    http
      .getResponse<Response>()
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ ...problem, plan }));
  }
}

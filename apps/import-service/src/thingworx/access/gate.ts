import { HttpProblem, rememberCaller, sendProblem } from '@muster/service-kit';
import { Router } from 'express';
import type { Logger } from 'pino';
import { asText } from '../text-problem.js';
import { admit } from './admission.js';
import type { AppKeys } from './app-keys.js';

/** Some clients send user and password only when they are asked to. */
const CHALLENGE = 'Basic realm="Muster", charset="UTF-8"';

/** Stands before everything under `/Thingworx`, and before a byte of a body is read. */
export function gate(keys: AppKeys | undefined, logger: Logger): Router {
  const router = Router();
  router.use('/Thingworx', (request, response, next) => {
    const [, query = ''] = request.originalUrl.split(/\?(.*)/s);
    const { method, path, headers } = request;
    try {
      const user = admit({ method, path, query, headers }, keys);
      if (user !== undefined) rememberCaller(request, { subject: user, roles: ['reader', 'importer'] });
    } catch (error) {
      if (error instanceof HttpProblem && error.status === 401) response.setHeader('WWW-Authenticate', CHALLENGE);
      sendProblem(request, response, error, logger, asText);
      return;
    }
    next();
  });
  return router;
}

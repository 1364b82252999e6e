import type { RequestHandler } from 'express';

const STRICT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/** The page of the API's description has its scripts in files, but styles within. Nothing comes from elsewhere. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Answers are data, not pages: nothing in them may run. A service that serves pages sets a policy of its own there. */
export const securityHeaders: RequestHandler = (request, response, next) => {
  const docs = request.path === '/docs' || request.path.startsWith('/docs/');
  response.setHeader('Content-Security-Policy', docs ? DOCS_POLICY : STRICT_POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('X-Frame-Options', 'DENY');
  next();
};

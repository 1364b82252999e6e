// The image's health check: does the service in this container answer? Liveness, not readiness: while the database or the
// broker is away a service is not ready, and ending it, as some engines do with an unhealthy container, would help nobody.
const port = process.env.MUSTER_PORT ?? '8080';
try {
  const answer = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(8_000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
} catch (error) {
  process.stderr.write(`http://127.0.0.1:${port}/health/live: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}

import type { ServiceKit } from '../kit.js';
import { OutageLine } from './outage-line.js';
import { recordSpans } from './start-span.js';

const FLUSH_DEADLINE_MS = 3_000;

/**
 * Sends spans to a collector by OTLP over HTTP where `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) names one; the
 * other `OTEL_*` variables hold as OpenTelemetry says. Nothing of it is loaded otherwise. What is left is sent at the end of
 * the service, within a deadline: a collector that is away costs spans, never work.
 */
export async function startTracing(
  { name, version, config, logger, shutdown }: ServiceKit,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (!environment.OTEL_EXPORTER_OTLP_ENDPOINT && !environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return;
  const { OpenTelemetryRecorder } = await import('./open-telemetry-recorder.js');
  const outage = new OutageLine('the trace collector', logger);
  const recorder = new OpenTelemetryRecorder({
    serviceName: environment.OTEL_SERVICE_NAME || `muster-${name}`,
    serviceVersion: version,
    cluster: config.MUSTER_CLUSTER,
    onExported: (error) => outage.tried(error),
  });
  recordSpans(recorder);
  logger.info('traces go to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names');
  shutdown.register('traces', async () => {
    recordSpans(undefined);
    if (!(await recorder.close(FLUSH_DEADLINE_MS))) logger.warn('the last spans could not be sent');
  });
}

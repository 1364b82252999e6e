import path from 'node:path';
import type { ClusterDescription } from './directory/cluster-file.js';

/** What people see when the cluster is ready: where everything is, and three commands to try. */
export function screen(
  cluster: ClusterDescription,
  servers: string,
  seconds: number,
  currentDirectory: string,
): string {
  const near = (file: string): string => shorter(file, path.relative(currentDirectory, file));
  const rows = cluster.services.map(({ service, node = '', url, storage }) =>
    `  ${service.padEnd(16)}${node.padEnd(10)}${url}${service === 'sync-agent' && storage ? `   ${near(storage)}` : ''}`.trimEnd(),
  );
  const { importUrl, statusUrl, dataDir } = cluster;
  return [
    '',
    `Muster is ready after ${seconds.toFixed(1)} s, with ${servers}`,
    '',
    ...rows,
    '',
    `The page: ${statusUrl}/`,
    '',
    'Try',
    `  curl -H 'Content-Type: application/zip' --data-binary @YOUR.zip ${importUrl}/imports`,
    `  curl '${statusUrl}/convergence?wait=30s'`,
    `  curl -X DELETE ${importUrl}/extensions/NAME`,
    '',
    `The API is described at ${importUrl}/docs and ${statusUrl}/docs. Logs: ${near(path.join(dataDir, 'logs'))}. Ctrl-C ends everything.`,
    '',
  ].join('\n');
}

function shorter(left: string, right: string): string {
  return right.length < left.length ? right : left;
}

import path from 'node:path';
import { nodeIds, type ClusterOptions } from './options.js';

export type ServiceName = 'import-service' | 'sync-agent' | 'status-service';

/** One process of the cluster. */
export interface ServiceSpec {
  readonly service: ServiceName;
  /** Absent for the status-service, which belongs to no node. */
  readonly node?: string;
  /** Unique, and the name of its log: `sync-agent-node-2`. */
  readonly label: string;
  readonly port: number;
  readonly storage?: string;
  readonly hook?: string;
}

/** Every service of the cluster, in the order in which people read them. */
export function layOut(options: ClusterOptions): ServiceSpec[] {
  const { nodes, origins, portBase } = options;
  const ids = nodeIds(nodes);
  return [
    ...ids
      .slice(0, origins)
      .map((node, index) => ofNode('import-service', node, index === 0 ? portBase : portBase + index + 1, options)),
    { service: 'status-service', label: 'status-service', port: portBase + 1 },
    ...ids.map((node, index) => ofNode('sync-agent', node, portBase + 10 + index, options)),
  ];
}

export function storageOf(dataDir: string, node: string): string {
  return path.join(dataDir, 'nodes', node, 'ThingworxStorage');
}

function ofNode(service: ServiceName, node: string, port: number, options: ClusterOptions): ServiceSpec {
  const hook = options.hooks.get(node) ?? options.hookOfAll;
  const storage = storageOf(options.dataDir, node);
  return { service, node, label: `${service}-${node}`, port, storage, ...(hook === undefined ? {} : { hook }) };
}

export function urlOf({ port }: ServiceSpec): string {
  return `http://127.0.0.1:${port}`;
}

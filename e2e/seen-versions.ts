import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Cluster } from './cluster.js';

const EVERY_MS = 5;

/** Every version of one extension that stood on any node's disk since the watch began; those that stand there then included. */
export class SeenVersions {
  private readonly seen = new Set<string>();
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly cluster: Cluster,
    private readonly extension: string,
  ) {
    this.look();
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  static watch(cluster: Cluster, extension: string): SeenVersions {
    return new SeenVersions(cluster, extension);
  }

  stop(): void {
    clearInterval(this.timer);
    this.look();
  }

  /** In the order in which they were seen first. */
  versions(): string[] {
    return [...this.seen];
  }

  /** What stands on this node now. */
  current(node: string): string | undefined {
    const file = path.join(this.cluster.extension(node, this.extension), 'metadata.xml');
    try {
      return /packageVersion="([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1];
    } catch {
      return undefined;
    }
  }

  private look(): void {
    for (const node of this.cluster.nodeIds) {
      const version = this.current(node);
      if (version !== undefined) this.seen.add(version);
    }
  }
}

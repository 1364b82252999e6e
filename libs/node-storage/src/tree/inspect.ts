import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isOutdated, type DeployedMark } from '../deployed-mark.js';
import type { DeployedMarks } from '../deployed-marks.js';
import { CHECK_PREFIX, type Layout } from '../disk/layout.js';
import { TimeSlice } from './hash-file.js';
import type { LocalExtension, LocalState, TreeState } from './local-state.js';
import { scanTree } from './scan-tree.js';
import type { StatCache } from './stat-cache.js';

export interface InspectOptions {
  /** Hashes every file, whatever the stat-cache says. */
  readonly full?: boolean;
  /** Looks at these names only. */
  readonly only?: ReadonlySet<string>;
  /** Directories without a mark are read only where their name is among these; absent: all are. */
  readonly wantedNames?: ReadonlySet<string>;
  /**
   * For a plan, never for a proof: the zip that is to stand under each name. A tree of ours that goes whatever is in it, for
   * its mark tells of another zip, is not read.
   */
  readonly wantedZips?: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal;
}

/** What stands on disk. */
export async function inspect(
  layout: Layout,
  marks: DeployedMarks,
  cache: StatCache,
  options: InspectOptions = {},
): Promise<LocalState> {
  const lookedAtMs = Date.now();
  const slice = new TimeSlice(options.signal);
  const marked = await marks.readAll();
  const present = new Set(readdirSync(layout.extensions).filter((name) => !name.startsWith(CHECK_PREFIX)));
  const extensions = new Map<string, LocalExtension>();
  for (const name of [...new Set([...present, ...marked.keys()])].sort()) {
    if (options.only?.has(name) === false) continue;
    const mark = marked.get(name);
    const unread = mark === undefined ? options.wantedNames?.has(name) === false : goesAnyway(mark, options);
    const read = (): Promise<TreeState> =>
      scanTree({ name, root: join(layout.extensions, name), cache, full: options.full ?? false, slice });
    const tree = !present.has(name) ? undefined : unread ? ({ unread: true } as const) : await read();
    extensions.set(name, { name, ...(mark && { mark }), ...(tree && { tree }) });
  }
  if (options.only === undefined) cache.keepOnly(present);
  return { lookedAtMs, extensions };
}

function goesAnyway(mark: DeployedMark, { wantedZips }: InspectOptions): boolean {
  return wantedZips !== undefined && isOutdated(mark, wantedZips.get(mark.name));
}

import type {
  BoardSnapshot,
  ExtensionDetail,
  ExtensionList,
  History,
  NodeAction,
  NodeDetail,
  RemovalPlan,
} from '@muster/contracts';
import { makeCell, secondsAgo, sha } from './make-board.js';

/** What needs what, for removals. */
const NEEDS: Readonly<Record<string, string>> = { GridAdvanced: 'Autocomplete', MailTemplates: 'GridAdvanced' };

export function extensionList({ cluster, extensions }: BoardSnapshot): ExtensionList {
  return {
    revision: cluster.revision,
    chain: sha('chain'),
    extensions: extensions.map(({ name, version, revision }) => summary(name, version, revision)),
  };
}

function summary(name: string, version: string, revision: number): ExtensionList['extensions'][number] {
  return {
    name,
    version,
    sha256: sha(`${name} ${version}`),
    sizeBytes: 96_412 + name.length * 9_000,
    unpackedBytes: 402_000 + name.length * 9_000,
    revision,
    treeDigest: sha(`tree ${name}`),
    vendor: 'Example Works',
    description: `${name} for mashups`,
  };
}

export function extensionDetail({ extensions }: BoardSnapshot, name: string): ExtensionDetail | undefined {
  const found = extensions.find((extension) => extension.name === name);
  if (!found) return undefined;
  const { version, revision } = found;
  const needs = NEEDS[name];
  const earlier = { version: '1.0.30', sha256: sha(`${name} 1.0.30`) };
  return {
    ...summary(name, version, revision),
    metadata: {
      name,
      version,
      vendor: 'Example Works',
      minimumThingWorxVersion: '9.3.0',
      dependsOn: needs === undefined ? [] : [{ name: needs, version: '1.0.0' }],
      entities: [
        { type: 'Widget', name: `${name.toLowerCase()}` },
        { type: 'ThingTemplate', name: `${name}Template` },
        { type: 'ScriptFunctionLibrary', name: `${name}Functions` },
      ],
      fileResources: [],
    },
    versions: [
      {
        version,
        sha256: sha(`${name} ${version}`),
        sizeBytes: 96_412,
        importedAt: secondsAgo(90_000),
        current: true,
        stored: true,
      },
      { ...earlier, sizeBytes: 94_200, importedAt: secondsAgo(900_000), current: false, stored: true },
      {
        version: '1.0.12',
        sha256: sha(`${name} 1.0.12`),
        sizeBytes: 90_100,
        importedAt: secondsAgo(4_000_000),
        current: false,
        stored: false,
      },
    ],
    history: [
      {
        action: 'upgrade',
        extension: name,
        version,
        sha256: sha(`${name} ${version}`),
        sizeBytes: 96_412,
        previousVersion: '1.0.30',
        revision,
        committedAt: secondsAgo(90_000),
        actor: 'ana',
      },
      {
        action: 'install',
        extension: name,
        ...earlier,
        sizeBytes: 94_200,
        revision: Math.max(1, revision - 1),
        committedAt: secondsAgo(900_000),
        actor: 'ci',
      },
    ],
  };
}

export function nodeDetail({ nodes, extensions }: BoardSnapshot, id: string): NodeDetail | undefined {
  const row = nodes.find(({ node }) => node === id);
  if (!row) return undefined;
  const { cells, ...status } = row;
  return {
    ...status,
    report: {
      type: 'NodeReport',
      schemaVersion: 1,
      catalogId: 'fake',
      node: id,
      storageId: `storage-${id}`,
      instance: `${id}-1`,
      startedAt: secondsAgo(5_400),
      seq: 812,
      state: row.state === 'offline' ? 'live' : row.state,
      revision: row.revision,
      chain: sha('chain'),
      deployed: row.inSync,
      sentAt: secondsAgo(2),
      extensions: extensions.slice(0, 60).map(({ name, version, revision }) => {
        const cell =
          cells[name] ??
          makeCell(row.state === 'live' ? 'in-sync' : 'unknown', 5_000, { version, wantedVersion: version });
        const { failure, nextAttempt, ...rest } = cell;
        return {
          name,
          deployed: cell.state === 'in-sync',
          revision,
          ...rest,
          ...(failure && { lastFailure: failure, attempts: 5 }),
          ...(nextAttempt !== undefined && { nextAttemptAt: nextAttempt }),
        };
      }),
      foreign: id === 'node-1' ? ['HandMade'] : [],
      queue: Object.entries(cells)
        .filter(([, cell]) => cell.state === 'queued')
        .map(([extension]) => ({ extension, revision: row.revision + 1 })),
      drift: [],
      musterVersion: '0.1.0',
    },
  };
}

export function history(
  { nodes, extensions }: BoardSnapshot,
  node: string | undefined,
  extension: string | undefined,
): History {
  const names = extension === undefined ? extensions.slice(0, 5).map(({ name }) => name) : [extension];
  const ids = node === undefined ? nodes.slice(0, 3).map((row) => row.node) : [node];
  const actions = names.flatMap((name, index) => ids.map((id, place) => makeAction(id, name, index * 3 + place)));
  return { actions: actions.sort((left, right) => right.at.localeCompare(left.at)) };
}

function makeAction(node: string, extension: string, index: number): NodeAction {
  const at = secondsAgo(400 + index * 5_000);
  const base = { id: String(1_000 - index), node, extension, at, durationMs: 640 + index * 37, version: '1.0.37' };
  if (index % 5 === 3) {
    return {
      ...base,
      kind: 'drift-correction',
      action: 'reinstall',
      outcome: 'done',
      detector: 'timer',
      detail: 'ui/widget.js differs',
      ...(index > 3 && { recurring: 4 }),
    };
  }
  return {
    ...base,
    kind: 'wanted-change',
    action: 'upgrade',
    outcome: 'done',
    previousVersion: '1.0.36',
    actor: 'ana',
    detector: 'event',
    revision: 127,
  };
}

/** What a removal would take along, the outermost first. */
export function removalPlan({ cluster, extensions }: BoardSnapshot, name: string, cascade: boolean): RemovalPlan {
  const usersOf = (needed: string): string[] =>
    extensions.map((extension) => extension.name).filter((other) => NEEDS[other] === needed);
  const others: string[] = [];
  for (const user of usersOf(name)) others.unshift(...usersOf(user), user);
  const going = cascade ? [...others, name] : [name];
  const versionOf = (extension: string): string =>
    extensions.find((one) => one.name === extension)?.version ?? '1.0.37';
  return {
    dryRun: true,
    accepted: cascade || others.length === 0,
    revision: cluster.revision,
    changes: going.map((extension) => ({
      action: 'remove',
      extension,
      version: versionOf(extension),
      sha256: sha(`${extension} ${versionOf(extension)}`),
    })),
    entitiesRemoved: going.map((extension) => ({ type: 'Widget', name: extension.toLowerCase(), extension })),
    blockers: others.map((extension) => ({
      extension,
      version: versionOf(extension),
      needs: [{ name: NEEDS[extension] ?? name, version: '1.0.0' }],
    })),
    reasons: [],
    warnings: [],
  };
}

import type {
  Convergence,
  NodePause,
  NodeRetired,
  OrderView,
  ReplayPreview,
  ReplayStarted,
  Timeline,
} from '@muster/contracts';
import type { FakeCluster } from './fake-cluster.js';
import { extensionDetail, extensionList, history, nodeDetail, removalPlan } from './fake-details.js';
import { postImport, type FakeFile } from './fake-imports.js';
import { found, ok, refused, type RestAnswer } from './rest-answer.js';
import { answerWhy } from './fake-why.js';
import { secondsAgo, sha } from './make-board.js';

/** Every address that the page asks, answered from the cluster; the body is JSON or the bytes of a zip, or files of a form. */
export function answerRest(
  cluster: FakeCluster,
  method: string,
  url: URL,
  body: string,
  files: readonly FakeFile[] = [{ text: body }],
): RestAnswer {
  const [first = '', second, third, fourth] = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const route = `${method} /${first}${second === undefined ? '' : '/:id'}${third === undefined ? '' : `/${third}`}${fourth === undefined ? '' : '/:id'}`;
  const answer = ROUTES[route];
  return answer
    ? answer(cluster, { url, body, files, id: second ?? '' })
    : refused(404, 'not-found', `nothing is at ${route}`);
}

interface Asked {
  readonly url: URL;
  readonly body: string;
  readonly files: readonly FakeFile[];
  readonly id: string;
}
type Route = (cluster: FakeCluster, asked: Asked) => RestAnswer;

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /board': ({ board }) => ok(board),
  'GET /why': ({ board }, { url }) => ok(answerWhy(board, param(url, 'node'), param(url, 'extension'))),
  'GET /timeline': ({ revisions }, { url }) => {
    const limit = Number(url.searchParams.get('limit') ?? 20);
    const shown = revisions.slice(0, limit);
    const last = shown.at(-1);
    return ok({
      revisions: shown,
      ...(revisions.length > limit && last && { next: last.revision }),
    } satisfies Timeline);
  },
  'GET /timeline/:id': ({ revisions }, { id }) =>
    found(
      revisions.find(({ revision }) => revision === Number(id)),
      'revision-unknown',
      `revision ${id} does not exist`,
    ),
  'GET /history': ({ board }, { url }) => ok(history(board, param(url, 'node'), param(url, 'extension'))),
  'GET /convergence': ({ board }) =>
    ok({
      state: board.cluster.state,
      revision: board.cluster.revision,
      digest: board.cluster.digest,
      nodes: [],
    } satisfies Convergence),
  'GET /nodes/:id': ({ board }, { id }) => found(nodeDetail(board, id), 'node-unknown', `no node "${id}" has enrolled`),
  'GET /extensions': ({ board }) => ok(extensionList(board)),
  'GET /extensions/:id': ({ board }, { id }) =>
    found(extensionDetail(board, id), 'extension-unknown', `"${id}" is not in the catalog`),
  'DELETE /extensions/:id': (cluster, { id, url }) => {
    const plan = removalPlan(cluster.board, id, url.searchParams.get('cascade') === 'true');
    if (url.searchParams.get('dryRun') === 'true') return ok(plan);
    return ok(
      cluster.commitAll(plan.changes.map(({ extension, version }) => ({ action: 'remove', extension, version }))),
    );
  },
  'POST /extensions/:id/rollback': (cluster, { id }) => ok(cluster.commit('downgrade', id, '1.0.30'), 201),
  'POST /imports': (cluster, { url, files }) => postImport(cluster, url.searchParams, files),
  'GET /proposals/:id': ({ proposals }, { id }) =>
    found(proposals.find(id), 'proposal-unknown', `there is no proposal "${id}"`),
  'DELETE /proposals/:id': ({ proposals }, { id }) =>
    found(proposals.callOff(id), 'proposal-unknown', `there is no proposal "${id}"`),
  'POST /nodes/:id/orders': (_, { id, body }) =>
    ok(makeOrder(id, JSON.parse(body) as Pick<OrderView, 'kind' | 'extensions'>), 202),
  'GET /nodes/:id/orders/:id': (_, { id }) =>
    ok({ ...makeOrder(id, { kind: 'retry' }), state: 'done', doneAt: secondsAgo(0) } satisfies OrderView),
  'PUT /nodes/:id/pause': (cluster, { id, body }) => {
    const paused = { since: secondsAgo(0), actor: 'ana', reason: reasonOf(body) };
    cluster.change(
      cluster.board.nodes.map((node) => (node.node === id ? { ...node, paused } : node)),
      {},
    );
    return ok({ node: id, paused } satisfies NodePause);
  },
  'DELETE /nodes/:id/pause': (cluster, { id }) => {
    cluster.change(
      cluster.board.nodes.map(({ paused, ...node }) => (node.node === id || !paused ? node : { ...node, paused })),
      {},
    );
    return ok({ node: id } satisfies NodePause);
  },
  'DELETE /nodes/:id': ({ board }, { id }) => {
    const live = board.nodes.find(({ node }) => node === id)?.state === 'live';
    if (live) return refused(409, 'node-live', `${id} still reports`, { remedy: 'stop its agent first' });
    return ok({ node: id, retiredAt: secondsAgo(0) } satisfies NodeRetired);
  },
  'PUT /freeze': (cluster, { body }) => {
    const frozen = { since: secondsAgo(0), actor: 'ana', reason: reasonOf(body) };
    cluster.change(cluster.board.nodes, { frozen });
    return ok({ frozen });
  },
  'DELETE /freeze': (cluster) => {
    const { frozen: _, ...rest } = cluster.board.cluster;
    cluster.board = { ...cluster.board, cluster: rest };
    cluster.change(cluster.board.nodes, {});
    return ok({});
  },
  'POST /replays': ({ board }, { body }) => {
    const { from, preview, nodes } = JSON.parse(body) as { from: number; preview?: boolean; nodes?: string[] };
    const plan: ReplayPreview = {
      planDigest: sha('plan'),
      from,
      to: board.cluster.revision,
      nodes: (nodes ?? board.nodes.map(({ node }) => node)).map((node) => ({
        node,
        revision: board.cluster.revision,
        chain: sha('chain'),
        install: ['Autocomplete'],
        remove: [],
        deploy: ['GridAdvanced'],
        skip: 3,
        bytes: 96_412,
      })),
      unplanned: [],
    };
    return preview ? ok(plan) : ok({ ...plan, id: '1', events: 3 } satisfies ReplayStarted, 202);
  },
};

function makeOrder(node: string, { kind, extensions }: Pick<OrderView, 'kind' | 'extensions'>): OrderView {
  return {
    id: '7',
    node,
    kind,
    ...(extensions && { extensions }),
    state: 'open',
    actor: 'ana',
    createdAt: secondsAgo(0),
    expiresAt: secondsAgo(-600),
  };
}

function param(url: URL, name: string): string | undefined {
  return url.searchParams.get(name) ?? undefined;
}

function reasonOf(body: string): string {
  return (JSON.parse(body) as { reason: string }).reason;
}

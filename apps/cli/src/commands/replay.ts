import { replayPreviewSchema, replayStartedSchema, type ReplayPreview, type ReplayRequest } from '@muster/contracts';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-code.js';
import { act, type Host } from '../host.js';
import { nameList, noWaitOption, timeoutOption, type WaitOptions } from '../options.js';
import { canAsk, confirm } from '../output/confirm.js';
import { bytes, names } from '../output/words.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';
import { followReplay } from '../follow/follow-replay.js';

interface ReplayOptions extends WaitOptions {
  readonly from: number | string;
  readonly to?: number | string;
  readonly nodes?: string[];
  readonly extensions?: string[];
  readonly redeploy?: boolean;
  readonly preview?: boolean;
  readonly planDigest?: string;
  readonly yes?: boolean;
}

export function addReplay(program: Command, host: Host): void {
  describe(
    program,
    'replay',
    'publish the events of a range again: each node makes what they name as the catalog wants it',
    [
      'replay --from 120 --preview',
      'replay --from 120 --to 128 --nodes node-7',
      'replay --from 2026-11-24T08:00:00Z --extensions Autocomplete --redeploy',
    ],
  )
    .addOption(new Option('--from <place>', 'a revision, or a time').argParser(place).makeOptionMandatory())
    .addOption(new Option('--to <place>', 'likewise; default the head').argParser(place))
    .addOption(new Option('--nodes <list>', 'only these').argParser(nameList))
    .addOption(new Option('--extensions <list>', 'only these').argParser(nameList))
    .addOption(new Option('--redeploy', 'run the deploy hooks again, also where nothing differs'))
    .addOption(new Option('--preview', 'only say what each node would do'))
    .addOption(new Option('--plan-digest <sha256>', 'do exactly what that preview said, or nothing'))
    .addOption(new Option('--yes', 'do not ask; without a terminal nobody is asked'))
    .addOption(noWaitOption())
    .addOption(timeoutOption('longest wait for the nodes'))
    .action(act(host, replay));
}

async function replay(session: Session, options: ReplayOptions): Promise<ExitCode> {
  const { out, world } = session;
  const { preview = false, yes = false } = options;
  let agreed = options.planDigest;
  if (preview || (!yes && agreed === undefined && canAsk(world))) {
    const plan = await ask(session, options);
    tellPlan(session, plan);
    if (preview) {
      out.value(plan.planDigest);
      out.document(plan);
      return EXIT.done;
    }
    await confirm(world, 'Do exactly this?');
    agreed = plan.planDigest;
  }
  const started = await suggesting(session, firstNamed(options), () =>
    session.ask(replayStartedSchema, {
      ...question(session, options),
      body: { ...bodyOf(options), ...(agreed !== undefined && { planDigest: agreed }) },
    }),
  );
  out.line(`Replay ${started.id}: revisions ${started.from} to ${started.to}, ${started.events} events.`);
  out.value(started.id);
  if (options.wait) return followReplay(session, started.id, options.timeout);
  out.document(started);
  return EXIT.done;
}

function ask(session: Session, options: ReplayOptions): Promise<ReplayPreview> {
  return suggesting(session, firstNamed(options), () =>
    session.ask(replayPreviewSchema, { ...question(session, options), body: { ...bodyOf(options), preview: true } }),
  );
}

function question(session: Session, { timeout }: ReplayOptions) {
  return {
    service: 'import-service' as const,
    method: 'POST' as const,
    path: ['replays'],
    thing: 'the replay',
    deadline: session.deadline(timeout),
  };
}

function bodyOf({ from, to, nodes, extensions, redeploy = false }: ReplayOptions): Omit<ReplayRequest, 'preview'> {
  return {
    from,
    ...(to !== undefined && { to }),
    ...(nodes && { nodes }),
    ...(extensions && { extensions }),
    redeploy,
  };
}

function firstNamed({ nodes, extensions }: ReplayOptions) {
  return { node: nodes?.[0], extension: extensions?.[0] };
}

function tellPlan({ out }: Session, { from, to, nodes, unplanned, planDigest }: ReplayPreview): void {
  out.line(`Revisions ${from} to ${to}:`);
  const rows = nodes.map(({ node, install, remove, deploy, skip, bytes: amount }) => [
    node,
    names(install, 4) || '-',
    names(remove, 4) || '-',
    names(deploy, 4) || '-',
    String(skip),
    bytes(amount),
  ]);
  out.list(
    ['NODE', 'INSTALLS', 'REMOVES', 'DEPLOYS', 'AS THEY ARE', 'FETCHES'],
    rows,
    'No node has answered with a plan.',
  );
  for (const { node, code, detail } of unplanned) out.line(`${out.paint.warn(node)} gave no plan (${code}): ${detail}`);
  out.line(out.paint.faint(`plan ${planDigest}`));
}

/** A revision, or a time as RFC 3339 has it. */
function place(text: string): number | string {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const time = Date.parse(text);
  if (!Number.isNaN(time) && /^\d{4}-\d{2}-\d{2}/.test(text)) return new Date(time).toISOString();
  throw new InvalidArgumentError('It takes a revision, or a time like 2026-11-24T08:00:00Z.');
}

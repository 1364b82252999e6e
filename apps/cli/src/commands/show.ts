import { extensionDetailSchema, type ExtensionDetail } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import type { Output } from '../output/output.js';
import { oneLine } from '../output/plain.js';
import { bytes, localTime, names, relative } from '../output/words.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';

export function addShow(program: Command, host: Host): void {
  describe(program, 'show', 'show one extension: its package, its entities, its versions and its history', [
    'show Autocomplete',
  ])
    .argument('<name>', 'the extension')
    .action(act(host, show));
}

async function show(session: Session, _options: object, name: string): Promise<void> {
  const detail = await suggesting(session, { extension: name }, () => extensionDetail(session, name));
  const { out } = session;
  out.value(detail.version);
  out.document(detail);
  out.line(out.paint.strong(`${detail.name} ${detail.version}`));
  if (detail.description) out.line(`  ${oneLine(detail.description)}`);
  out.table(facts(detail).map(([title, value]) => [`  ${out.paint.faint(title)}`, value]));
  tellEntities(out, detail);
  tellVersions(out, detail, session.nowMs);
  tellHistory(out, detail);
}

/** What the catalog holds of an extension. */
export function extensionDetail(session: Session, name: string): Promise<ExtensionDetail> {
  return session.ask(extensionDetailSchema, {
    service: 'import-service',
    path: ['extensions', name],
    thing: name,
  });
}

function facts({
  metadata,
  revision,
  sizeBytes,
  unpackedBytes,
  sha256,
  treeDigest,
}: ExtensionDetail): [string, string][] {
  const needs = metadata.dependsOn.map(({ name, version }) => `${name} ${version}`);
  return [
    ['revision', String(revision)],
    ...(metadata.vendor ? [['vendor', oneLine(metadata.vendor)] as [string, string]] : []),
    ['size', `${bytes(sizeBytes)}, ${bytes(unpackedBytes)} unpacked`],
    ['sha256', sha256],
    ['tree digest', treeDigest],
    ...(needs.length > 0 ? [['needs', names(needs)] as [string, string]] : []),
  ];
}

function tellEntities(out: Output, { metadata: { entities } }: ExtensionDetail): void {
  if (entities.length === 0) return;
  out.line();
  out.table([
    ['TYPE', 'ENTITY'].map((title) => out.paint.faint(title)),
    ...entities.map(({ type, name }) => [type, name]),
  ]);
}

function tellVersions(out: Output, { versions }: ExtensionDetail, nowMs: number): void {
  if (versions.length === 0) return;
  out.line();
  out.table([
    ['VERSION', 'IMPORTED', 'SIZE', ''].map((title) => out.paint.faint(title)),
    ...versions.map(({ version, importedAt, sizeBytes, current, stored }) => [
      version,
      relative(importedAt, nowMs),
      bytes(sizeBytes),
      current ? 'current' : stored ? 'can be rolled back to' : 'its zip is gone',
    ]),
  ]);
}

function tellHistory(out: Output, { history }: ExtensionDetail): void {
  if (history.length === 0) return;
  out.line();
  out.table([
    ['REVISION', 'CHANGE', 'BY', 'WHEN'].map((title) => out.paint.faint(title)),
    ...history.map(({ revision, action, version, previousVersion, actor, committedAt }) => [
      String(revision),
      `${action} ${previousVersion === undefined ? '' : `${previousVersion} → `}${version}`,
      actor,
      localTime(committedAt),
    ]),
  ]);
}

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { CurrentExtension } from './facts.js';
import { ALL_ALLOWED, type ImportOptions, type ImportPolicy } from './import-options.js';
import { planImport } from './plan-import.js';

/*
 * docs/rules.md shows what this table says: it is made here, by the rules themselves, and compared. With
 * MUSTER_WRITE_DOCS=yes it is written.
 */

const DOCUMENT = path.resolve(import.meta.dirname, '../../../../docs/rules.md');
const [BEGIN, END] = ['<!-- version-matrix: begin -->', '<!-- version-matrix: end -->'];

const INCOMING = '2.3.0';
const SITUATIONS: [string, string | undefined, 'same bytes' | 'other bytes'][] = [
  ['nothing', undefined, 'other bytes'],
  ['the same version, the same bytes', '2.3.0', 'same bytes'],
  ['the same version, other bytes', '2.3.0', 'other bytes'],
  ['a lower version of the same major', '2.2.9', 'other bytes'],
  ['a higher version of the same major', '2.4.0', 'other bytes'],
  ['a lower major', '1.9.0', 'other bytes'],
  ['a higher major', '3.0.0', 'other bytes'],
];
const FLAGS: [string, Partial<ImportOptions>][] = [
  ['no flag', {}],
  ['`force`', { force: true }],
  ['`allowDowngrade`', { allowDowngrade: true }],
  ['both', { force: true, allowDowngrade: true }],
  ['`partial=skip-installed`', { partial: 'skip-installed' }],
];

function cell(
  version: string | undefined,
  bytes: string,
  options: Partial<ImportOptions>,
  majorUpgrades: ImportPolicy['majorUpgrades'],
) {
  const metadata = { name: 'X', version: INCOMING, dependsOn: [], entities: [], fileResources: [], haCompatible: true };
  const current: CurrentExtension[] =
    version === undefined
      ? []
      : [{ name: 'X', version, sha256: bytes === 'same bytes' ? 'mine' : 'other', dependsOn: [] }];
  const [verdict] = planImport(
    [{ metadata, sha256: 'mine', files: [] }],
    { extensions: current, owners: [], owned: [], dependants: [] },
    { force: false, allowDowngrade: false, partial: 'none', ...options },
    { majorUpgrades, haCompatibility: 'warn', allowed: ALL_ALLOWED },
  );
  if (verdict === undefined) throw new Error('no verdict');
  const { outcome, reasons, warnings } = verdict;
  if (outcome === 'refused') return reasons.map(({ code }) => `\`${code}\``).join(', ');
  const told = warnings.filter(({ code }) => code !== 'skipped-installed').map(({ code }) => code);
  return told.length === 0 ? outcome : `${outcome} (warns: ${told.join(', ')})`;
}

function table(majorUpgrades: ImportPolicy['majorUpgrades']): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['installed is', ...FLAGS.map(([name]) => name)]),
    row(Array.from({ length: FLAGS.length + 1 }, () => '---')),
    ...SITUATIONS.map(([name, version, bytes]) =>
      row([name, ...FLAGS.map(([, options]) => cell(version, bytes, options, majorUpgrades))]),
    ),
  ].join('\n');
}

test('docs/rules.md shows what the rules say of versions', async () => {
  const made = [
    '`MUSTER_MAJOR_UPGRADES=accept` (the default):',
    table('accept'),
    '`MUSTER_MAJOR_UPGRADES=refuse`:',
    table('refuse'),
  ].join('\n\n');
  process.stdout.write(`${made}\n`);
  const text = await readFile(DOCUMENT, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const [shown = '', after] = rest.split(END);
  if (process.env.MUSTER_WRITE_DOCS === 'yes') {
    await writeFile(DOCUMENT, `${before}${BEGIN}\n\n${made}\n\n${END}${after}`);
    return;
  }
  const plain = (markdown: string): string[] =>
    markdown
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^[|\s:-]+$/.test(line))
      .map((line) => line.replace(/\s*\|\s*/g, '|').trim());
  expect(plain(shown)).toEqual(plain(made));
});

import type { ExtensionDetail } from '@muster/contracts';
import { Option, type Command } from 'commander';
import path from 'node:path';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import { act, type Host } from '../host.js';
import { download } from '../http/download.js';
import { durationMs } from '../options.js';
import { bytes, names, span } from '../output/words.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';
import { extensionDetail } from './show.js';

interface ExportOptions {
  readonly version?: string;
  readonly output?: string;
  readonly timeout: number;
}

export function addExport(program: Command, host: Host): void {
  describe(program, 'export', 'get a zip back, byte for byte as it was imported', [
    'export Autocomplete --output Autocomplete.zip',
    'export Autocomplete --version 1.0.37 --output old.zip',
  ])
    .argument('<name>', 'the extension')
    .addOption(new Option('--version <version>', 'an earlier one; default the current'))
    .addOption(new Option('--output <file>', 'where to write it; default NAME_VERSION.zip here'))
    .addOption(
      new Option('--timeout <duration>', 'longest time for all of it').argParser(durationMs).default(3_600_000, '1h'),
    )
    .action(act(host, exportPackage));
}

async function exportPackage(session: Session, options: ExportOptions, name: string): Promise<void> {
  const { out, world } = session;
  const detail = await suggesting(session, { extension: name }, () => extensionDetail(session, name));
  const wanted = packageOf(detail, options.version);
  const given = options.output ?? `${name}_${wanted.version}.zip`;
  const file = path.resolve(world.directory, given);
  session.meanwhile = `Nothing was changed, and ${given} was not written.`;
  const startedAt = performance.now();
  await download(session, { ...wanted, name, file, deadline: session.deadline(options.timeout) });
  out.line(
    `${name} ${wanted.version}   ${bytes(wanted.sizeBytes)} in ${span(performance.now() - startedAt)}, checked against its sha256`,
  );
  out.line(given);
  out.value(given);
  out.document({ extension: name, ...wanted, file });
}

interface Wanted {
  readonly version: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

function packageOf(detail: ExtensionDetail, version: string | undefined): Wanted {
  const { name, versions } = detail;
  if (version === undefined) return { version: detail.version, sha256: detail.sha256, sizeBytes: detail.sizeBytes };
  // The current one first: the same version may have been imported with several bytes.
  const found = [...versions]
    .sort((a, b) => Number(b.current) - Number(a.current))
    .find((one) => one.version === version);
  if (found?.stored) return { version, sha256: found.sha256, sizeBytes: found.sizeBytes };
  const stored = versions.filter((one) => one.stored).map((one) => one.version);
  const detailText =
    found === undefined ? `the catalog knows no ${name} ${version}` : `the zip of ${name} ${version} is gone`;
  throw new Failure(`the export of ${name}`, found === undefined ? 'version-unknown' : 'package-missing', detailText, {
    exitCode: EXIT.refused,
    remedy: `It has ${names(stored)}.`,
  });
}

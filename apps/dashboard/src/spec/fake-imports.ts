import type { BoardSnapshot, ImportPlan, PackageReport, Reason } from '@muster/contracts';
import type { FakeCluster } from './fake-cluster.js';
import { sha } from './make-board.js';
import { ok, refused, type RestAnswer } from './rest-answer.js';

/** A file as it came. What its text begins with says what is wrong with it: `slip`, `needs`, `older`, `same`, or it is a `bundle`. */
export interface FakeFile {
  readonly name?: string;
  readonly text: string;
}

/** What comes without a name. */
const USUAL = 'Autocomplete_1.0.38.zip';

/** `POST /imports`, the dry run and the import: what is refused in the one is refused in the other. */
export function postImport(cluster: FakeCluster, search: URLSearchParams, files: readonly FakeFile[]): RestAnswer {
  if (files.length === 1 && files[0]?.text.startsWith('slip')) {
    const detail = 'the entry "../../etc/passwd" would leave the extension’s directory';
    return refused(422, 'zip-slip', detail, { remedy: 'rebuild the archive without ".." in its names' });
  }
  const plan = planOf(cluster.board, search, files);
  if (search.get('dryRun') === 'true') return ok(plan);
  const { frozen } = cluster.board.cluster;
  if (frozen) return refused(409, 'frozen', `imports are frozen by ${frozen.actor}: ${frozen.reason}`);
  const [first] = plan.reasons;
  if (first) {
    const { code, detail, remedy } = first;
    return refused(409, code, detail, { packages: plan.packages, ...(remedy !== undefined && { remedy }) });
  }
  return ok({ ...cluster.commitAll(plan.changes), packages: plan.packages }, 201);
}

/** `POST /imports?activate=together`: answered when the proposal is over, which a test decides. */
export function postTogether(
  cluster: FakeCluster,
  search: URLSearchParams,
  files: readonly FakeFile[],
): Promise<RestAnswer> {
  const plan = planOf(cluster.board, search, files);
  const id = search.get('proposal') ?? '';
  if (cluster.proposals.find(id))
    return Promise.resolve(refused(409, 'proposal-exists', `there is a proposal ${id} already`));
  const seconds = Number.parseInt(search.get('deadline') ?? '60', 10);
  return cluster.proposals.open(id, plan, seconds);
}

function planOf(board: BoardSnapshot, search: URLSearchParams, files: readonly FakeFile[]): ImportPlan {
  const packages = files.flatMap((file) => rowsOf(board, search, file, files));
  const reasons = packages.flatMap((row) => row.reasons);
  const [only, ...others] = packages;
  const isFirst = board.cluster.revision === 0;
  return {
    dryRun: true,
    accepted: reasons.length === 0,
    revision: board.cluster.revision,
    ...(only && others.length === 0 && { package: metadataOf(only) }),
    packages,
    changes: reasons.length > 0 ? [] : packages.flatMap(changeOf),
    entitiesAdded: [{ type: 'Widget', name: 'autocomplete-multi' }],
    entitiesRemoved: isFirst ? [] : [{ type: 'DataShape', name: 'AutocompleteLegacy' }],
    reasons,
    warnings: [{ code: 'ha-not-declared', detail: 'the package does not say whether it is made for clusters' }],
  };
}

function rowsOf(
  board: BoardSnapshot,
  search: URLSearchParams,
  file: FakeFile,
  files: readonly FakeFile[],
): PackageReport[] {
  if (!file.text.startsWith('bundle')) return [rowOf(board, search, file, files)];
  const of = (extension: string): FakeFile => ({ name: `${extension}_1.0.38.zip`, text: '' });
  const inside: readonly [FakeFile, PackageReport['outcome']?][] = [
    [of('Layouts'), 'unchanged'],
    [{ ...of('Autocomplete'), text: file.text.includes('needs') ? 'needs' : '' }],
    [of('GridAdvanced'), 'install'],
  ];
  return inside.map(([one, outcome]) => {
    const row = rowOf(board, search, one, [one]);
    return { ...row, file: `${file.name ?? 'widgets.zip'}/${one.name}`, ...(outcome !== undefined && { outcome }) };
  });
}

function rowOf(
  board: BoardSnapshot,
  search: URLSearchParams,
  { name, text }: FakeFile,
  files: readonly FakeFile[],
): PackageReport {
  const [, extension = '', version = ''] = /^(.+)_([\d.]+)\.zip$/.exec(name ?? USUAL) ?? [];
  const installed = board.extensions.find((one) => one.name === extension)?.version;
  const row = {
    ...(name !== undefined && { file: name }),
    extension,
    version,
    ...(installed !== undefined && { previousVersion: installed }),
    sha256: sha(`${extension} ${version}`),
    dependsOn: [],
    warnings: [],
  };
  const verdict = verdictOf(`${extension} ${version}`, installed, search, text, files);
  return typeof verdict === 'string'
    ? { ...row, outcome: verdict, reasons: [] }
    : { ...row, outcome: 'refused', reasons: [verdict] };
}

function verdictOf(
  named: string,
  installed: string | undefined,
  search: URLSearchParams,
  text: string,
  files: readonly FakeFile[],
): PackageReport['outcome'] | Reason {
  const skips = search.get('partial') === 'skip-installed';
  if (text.startsWith('older')) {
    if (skips) return 'skipped';
    if (search.get('allowDowngrade') === 'true') return 'downgrade';
    const detail = `a newer version is installed already: ${installed ?? ''}, and this is ${named}`;
    return { code: 'version-lower', detail, remedy: 'Take the lower version with ?allowDowngrade=true.' };
  }
  if (text.startsWith('same')) {
    if (skips) return 'skipped';
    if (search.get('force') === 'true') return 'reinstall';
    return { code: 'version-exists', detail: `${named} is installed already, with other bytes` };
  }
  if (text.startsWith('needs') && !files.some(({ name }) => name?.startsWith('Layouts_'))) {
    const detail = `${named} needs "Layouts" 2.0.0, which is not there`;
    return { code: 'dependency-missing', detail, remedy: 'import Layouts 2.0.0 or a later 2.x first' };
  }
  return installed === undefined ? 'install' : 'upgrade';
}

function changeOf({ outcome, extension = '', version = '', previousVersion }: PackageReport): ImportPlan['changes'] {
  if (outcome === 'unchanged' || outcome === 'skipped' || outcome === 'refused') return [];
  const sha256 = sha(`${extension} ${version}`);
  return [{ action: outcome, extension, version, sha256, ...(previousVersion !== undefined && { previousVersion }) }];
}

function metadataOf({ extension = '', version = '', sha256 = '' }: PackageReport): NonNullable<ImportPlan['package']> {
  return {
    name: extension,
    version,
    vendor: 'Example Works',
    description: 'Suggests values while one types',
    minimumThingWorxVersion: '9.3.0',
    dependsOn: [],
    entities: [{ type: 'Widget', name: 'autocomplete' }],
    sha256,
    sizeBytes: 96_412,
    unpackedBytes: 402_000,
    files: 31,
  };
}

import { importPlanSchema, type ImportPlan, type PackageEntity } from '@muster/contracts';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure } from '../failure.js';
import { changeWords } from '../follow/after-change.js';
import { packageWords } from '../output/package-words.js';
import { oneLine } from '../output/plain.js';
import { bytes, count, names } from '../output/words.js';
import { remedyOf } from '../remedies.js';
import type { Session } from '../session.js';
import { failureDocument, tellFailure } from '../tell-failure.js';
import { namesOf, thingOf, upload, type Upload } from '../upload/upload.js';
import { queryOf, type VersionOptions } from './version-options.js';

export interface PlanOptions extends VersionOptions {
  readonly timeout: number;
}

/** What an import of each upload would do, against the cluster as it is now; nothing is changed. */
export async function planFiles(session: Session, uploads: readonly Upload[], options: PlanOptions): Promise<ExitCode> {
  const deadline = session.deadline(options.timeout);
  const plans: Record<string, unknown>[] = [];
  let exitCode: ExitCode = EXIT.done;
  for (const files of uploads) {
    const thing = thingOf(files);
    try {
      const { body } = await upload(session, files, {
        schema: importPlanSchema,
        query: () => ({ dryRun: true, ...queryOf(options) }),
        deadline,
      });
      tellPlan(session, body);
      if (body.accepted) session.out.value(`accepted ${thing}`);
      else {
        exitCode = EXIT.refused;
        session.out.value(`refused ${thing}`);
        tellFailure(session.out, refusalOfPlan(thing, body));
      }
      plans.push({ ...namesOf(files), ...body });
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== EXIT.refused) throw error;
      exitCode = EXIT.refused;
      session.out.value(`refused ${thing}`);
      tellFailure(session.out, error);
      plans.push({ ...namesOf(files), accepted: false, error: failureDocument(error) });
    }
  }
  session.out.document({ plans });
  return exitCode;
}

function tellPlan({ out }: Session, plan: ImportPlan): void {
  const { package: held, packages, changes, warnings, accepted } = plan;
  if (held !== undefined) tellPackage(out, plan, held);
  // Of what is refused the failure tells, row by row.
  else if (accepted) for (const row of packages) out.line(`  ${packageWords(row)}`);
  tellEntities(out.line.bind(out), 'comes', plan.entitiesAdded);
  tellEntities(out.line.bind(out), 'goes', plan.entitiesRemoved);
  for (const { code, detail } of warnings) out.line(`  note (${code}): ${oneLine(detail)}`);
  if (accepted)
    out.line(
      `  It would be taken${changes.length === 0 ? '' : `, as revision ${plan.revision + 1}`}. Nothing was changed.`,
    );
}

function tellPackage(
  out: Session['out'],
  { changes, accepted }: ImportPlan,
  held: NonNullable<ImportPlan['package']>,
): void {
  for (const change of changes) out.line(`  ${changeWords(change)}   ${entityWords(held.entities)}`.trimEnd());
  if (changes.length === 0 && accepted)
    out.line(`  ${held.name} ${held.version}   nothing to do: exactly these bytes are there`);
  out.line(`  ${count(held.files, 'file')}, ${bytes(held.unpackedBytes)} unpacked, sha256 ${held.sha256}`);
  const { dependsOn } = held;
  if (dependsOn.length > 0) out.line(`  needs ${names(dependsOn.map(({ name, version }) => `${name} ${version}`))}`);
}

function tellEntities(line: (text: string) => void, verb: string, entities: readonly PackageEntity[]): void {
  if (entities.length > 0)
    line(
      `  ${verb}: ${names(
        entities.map(({ type, name }) => `${type} ${name}`),
        12,
      )}`,
    );
}

/** `2 widgets, 1 thing template`: by type, in the words of the package. */
export function entityWords(entities: readonly PackageEntity[]): string {
  const counts = new Map<string, number>();
  for (const { type } of entities) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, amount]) => `${amount} ${type}`).join(', ');
}

/** Every reason at once, the first one's code before all. */
function refusalOfPlan(thing: string, { reasons, packages }: ImportPlan): Failure {
  const [first] = reasons;
  const detail = reasons.map((reason) => (reason === first ? '' : `${reason.code}: `) + reason.detail).join('; ');
  const remedy = first === undefined ? undefined : (remedyOf(first.code) ?? first.remedy);
  return new Failure(thing, first?.code ?? 'refused', detail, {
    exitCode: EXIT.refused,
    happened: 'would be refused',
    step: 'plan',
    packages,
    ...(remedy !== undefined && { remedy }),
  });
}

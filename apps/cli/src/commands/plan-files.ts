import { importPlanSchema, type ImportPlan, type PackageEntity } from '@muster/contracts';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure } from '../failure.js';
import { changeWords } from '../follow/after-change.js';
import { oneLine } from '../output/plain.js';
import { bytes, count, names } from '../output/words.js';
import { remedyOf } from '../remedies.js';
import type { Session } from '../session.js';
import { failureDocument, tellFailure } from '../tell-failure.js';
import type { PackageFile } from '../upload/package-file.js';
import { upload } from '../upload/upload.js';

export interface PlanOptions {
  readonly force: boolean;
  readonly timeout: number;
}

/** What an import of each file would do, against the cluster as it is now; nothing is changed. */
export async function planFiles(
  session: Session,
  packages: readonly PackageFile[],
  { force, timeout }: PlanOptions,
): Promise<ExitCode> {
  const deadline = session.deadline(timeout);
  const plans: Record<string, unknown>[] = [];
  let exitCode: ExitCode = EXIT.done;
  for (const file of packages) {
    try {
      const { body } = await upload(session, file, {
        schema: importPlanSchema,
        query: { dryRun: true, force },
        deadline,
      });
      tellPlan(session, body);
      if (body.accepted) session.out.value(`accepted ${file.given}`);
      else {
        exitCode = EXIT.refused;
        session.out.value(`refused ${file.given}`);
        tellFailure(session.out, refusalOfPlan(file.given, body));
      }
      plans.push({ file: file.given, ...body });
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== EXIT.refused) throw error;
      exitCode = EXIT.refused;
      session.out.value(`refused ${file.given}`);
      tellFailure(session.out, error);
      plans.push({ file: file.given, accepted: false, error: failureDocument(error) });
    }
  }
  session.out.document({ plans });
  return exitCode;
}

function tellPlan({ out }: Session, plan: ImportPlan): void {
  const { package: held, changes, warnings, accepted } = plan;
  for (const change of changes) out.line(`  ${changeWords(change)}   ${entityWords(held.entities)}`.trimEnd());
  if (changes.length === 0 && accepted)
    out.line(`  ${held.name} ${held.version}   nothing to do: exactly these bytes are there`);
  out.line(`  ${count(held.files, 'file')}, ${bytes(held.unpackedBytes)} unpacked, sha256 ${held.sha256}`);
  const { dependsOn } = held;
  if (dependsOn.length > 0) out.line(`  needs ${names(dependsOn.map(({ name, version }) => `${name} ${version}`))}`);
  tellEntities(out.line.bind(out), 'comes', plan.entitiesAdded);
  tellEntities(out.line.bind(out), 'goes', plan.entitiesRemoved);
  for (const { code, detail } of warnings) out.line(`  note (${code}): ${oneLine(detail)}`);
  if (accepted)
    out.line(
      `  It would be taken${changes.length === 0 ? '' : `, as revision ${plan.revision + 1}`}. Nothing was changed.`,
    );
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
function refusalOfPlan(thing: string, { reasons }: ImportPlan): Failure {
  const [first] = reasons;
  const detail = reasons.map((reason) => (reason === first ? '' : `${reason.code}: `) + reason.detail).join('; ');
  const remedy = first === undefined ? undefined : (remedyOf(first.code) ?? first.remedy);
  return new Failure(thing, first?.code ?? 'refused', detail, {
    exitCode: EXIT.refused,
    happened: 'would be refused',
    step: 'plan',
    ...(remedy !== undefined && { remedy }),
  });
}

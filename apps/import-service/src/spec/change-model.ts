import { compareVersions, parseVersion, sha256Hex, type Version } from '@muster/contracts';
import { buildPackage, type PackageSpec } from '@muster/testing';

/** A zip that a random test may send. */
export interface Sample {
  readonly name: string;
  readonly version: string;
  readonly zip: Buffer;
  readonly sha256: string;
  readonly dependsOn: NonNullable<PackageSpec['dependsOn']>;
  readonly entities: NonNullable<PackageSpec['entities']>;
}

/** What the service is expected to answer: the status and either a code or the action, `unchanged` where there is none. */
export interface Expected {
  readonly status: number;
  readonly told: string;
}

interface Known {
  readonly sample: Sample;
  stored: boolean;
}

export function sampleOf(spec: PackageSpec, variant: string): Sample {
  const { name, version = '1.0', dependsOn = [], entities = [] } = spec;
  const zip = buildPackage({ ...spec, version, files: { 'lib/one.jar': variant } });
  return { name, version, zip, sha256: sha256Hex(zip), dependsOn, entities };
}

const refused = (status: number, told: string): Expected => ({ status, told });
const versionOf = (text: string): Version => parseVersion(text) as Version;
const order = (left: Sample, right: Sample): number =>
  compareVersions(versionOf(left.version), versionOf(right.version));

/** The rules, told a second time: a catalog in memory that imports, removes, rolls back and is frozen. */
export class ChangeModel {
  frozen = false;
  readonly current = new Map<string, Sample>();
  /** By name: what was ever current, in the order of its first import. */
  private readonly known = new Map<string, Known[]>();
  /** By name: what was current, one after the other. */
  private readonly past = new Map<string, Sample[]>();

  import(sample: Sample, force: boolean, allowDowngrade: boolean): Expected {
    if (this.frozen) return refused(409, 'frozen');
    return this.bring(sample, force, allowDowngrade);
  }

  remove(name: string, purge: boolean): Expected {
    if (this.frozen) return refused(409, 'frozen');
    const there = this.current.get(name);
    if (there === undefined) return refused(404, 'extension-unknown');
    const dependants = [...this.current.values()].filter((one) => one.dependsOn.some((needs) => needs.name === name));
    if (dependants.length > 0) return refused(409, 'has-dependants');
    this.current.delete(name);
    if (purge) for (const one of this.known.get(name) ?? []) if (one.sample === there) one.stored = false;
    return { status: 200, told: 'remove' };
  }

  rollBack(name: string, wish: { readonly version?: string; readonly sha256?: string }): Expected {
    if (this.frozen) return refused(409, 'frozen');
    const known = this.known.get(name) ?? [];
    if (known.length === 0) return refused(404, 'extension-unknown');
    const candidates =
      wish.version === undefined && wish.sha256 === undefined
        ? known.filter(({ sample }) => sample === this.before(name))
        : known.filter(
            ({ sample }) =>
              (wish.sha256 ?? sample.sha256) === sample.sha256 && (wish.version ?? sample.version) === sample.version,
          );
    const [found] = candidates;
    if (found === undefined) return refused(422, 'version-unknown');
    if (candidates.length > 1) return refused(409, 'version-ambiguous');
    return found.stored ? this.bring(found.sample, true, true) : refused(410, 'package-purged');
  }

  private before(name: string): Sample | undefined {
    const now = this.current.get(name);
    return (this.past.get(name) ?? []).findLast((sample) => sample !== now);
  }

  private bring(sample: Sample, force: boolean, allowDowngrade: boolean): Expected {
    const there = this.current.get(sample.name);
    if (there === sample) return { status: 200, told: 'unchanged' };
    const reason = this.reasonAgainst(sample, there, { force, allowDowngrade });
    if (reason !== undefined) return refused(409, reason);
    this.current.set(sample.name, sample);
    this.past.set(sample.name, [...(this.past.get(sample.name) ?? []), sample]);
    const known = this.known.get(sample.name) ?? [];
    const again = known.find((one) => one.sample === sample);
    if (again === undefined) this.known.set(sample.name, [...known, { sample, stored: true }]);
    else again.stored = true;
    const difference = there === undefined ? 0 : order(sample, there);
    const replaced = difference === 0 ? 'reinstall' : difference > 0 ? 'upgrade' : 'downgrade';
    return { status: 201, told: there === undefined ? 'install' : replaced };
  }

  private reasonAgainst(
    sample: Sample,
    there: Sample | undefined,
    { force, allowDowngrade }: { readonly force: boolean; readonly allowDowngrade: boolean },
  ): string | undefined {
    const others = [...this.current.values()].filter(({ name }) => name !== sample.name);
    const taken = others.some(({ entities }) =>
      entities.some(({ name }) => sample.entities.some((e) => e.name === name)),
    );
    if (taken) return 'entity-owned';
    if (there !== undefined && !force && order(sample, there) === 0) return 'version-exists';
    if (there !== undefined && !allowDowngrade && order(sample, there) < 0) return 'version-lower';
    for (const needs of sample.dependsOn) {
      const present = this.current.get(needs.name);
      if (present === undefined) return 'dependency-missing';
      const unmet = fit(present.version, needs.version);
      if (unmet !== undefined) return `dependency-${unmet}`;
    }
    const unhappy = others.some(({ dependsOn }) =>
      dependsOn.some((needs) => needs.name === sample.name && fit(sample.version, needs.version) !== undefined),
    );
    return unhappy ? 'dependants-unmet' : undefined;
  }
}

function fit(version: string, minimum: string): 'too-old' | 'too-new' | undefined {
  const [found, wanted] = [versionOf(version), versionOf(minimum)];
  if (compareVersions(found, wanted) < 0) return 'too-old';
  return found.parts[0] === wanted.parts[0] ? undefined : 'too-new';
}

import { nameKey } from '@muster/contracts';
import { isDeployed, isOutdated } from '../deployed-mark.js';
import type { WantedExtension } from '../ports.js';
import { treeFault, type LocalExtension, type LocalState } from '../tree/local-state.js';
import type { PlanOptions, Step } from './step.js';

type Unordered<S> = S extends Step ? Omit<S, 'after'> : never;
/** A step whose place is not known yet. */
export type LooseStep = Unordered<Step>;

export interface Classified {
  readonly steps: readonly LooseStep[];
  readonly foreign: readonly string[];
  /** For a step that brings an extension: directories whose names differ from it only by case or form, removed before it. */
  readonly collisions: ReadonlyMap<string, readonly string[]>;
}

/** What must be done about each name, by itself. */
export function classify(wanted: readonly WantedExtension[], local: LocalState, options: PlanOptions): Classified {
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const wantedKeys = new Map(wanted.map(({ name }) => [nameKey(name), name]));
  const touched = (name: string): boolean => options.only?.has(name) !== false;
  const steps: LooseStep[] = [];
  const foreign: string[] = [];
  const collisions = new Map<string, string[]>();
  for (const extension of wanted) {
    const step = touched(extension.name) ? bring(extension, local.extensions.get(extension.name), options) : undefined;
    if (step !== undefined) steps.push(step);
  }
  for (const found of local.extensions.values()) {
    const { name, mark } = found;
    if (wantedNames.has(name)) continue;
    const twin = wantedKeys.get(nameKey(name));
    if (twin !== undefined && (touched(name) || touched(twin))) {
      steps.push({ kind: 'remove', name, local: found, why: `its name differs from ${twin} only by case or form` });
      collisions.set(twin, [...(collisions.get(twin) ?? []), name]);
    } else if (mark !== undefined) {
      if (touched(name)) steps.push({ kind: 'remove', name, local: found, why: 'the catalog does not want it' });
    } else if (options.foreign === 'prune' && touched(name)) {
      steps.push({ kind: 'remove', name, local: found, why: 'foreign directories are pruned' });
    } else {
      foreign.push(name);
    }
  }
  return { steps, foreign: foreign.sort(), collisions };
}

function bring(
  wanted: WantedExtension,
  local: LocalExtension | undefined,
  options: PlanOptions,
): LooseStep | undefined {
  const { name } = wanted;
  const mark = local?.mark;
  if (local?.tree === undefined) {
    const why = mark?.sha256 === wanted.sha256 ? 'its directory is gone' : 'it is not here yet';
    return { kind: 'install', name, wanted, ...(local && { local }), why };
  }
  const { tree } = local;
  const outdated = mark !== undefined && isOutdated(mark, wanted.sha256);
  if (outdated || !('digest' in tree) || tree.digest !== wanted.treeDigest) {
    return { kind: 'replace', name, wanted, local, why: whyReplaced(wanted, local) };
  }
  if (mark === undefined)
    return { kind: 'adopt', name, wanted, local, why: 'an equal directory stands there, not put by us' };
  if (mark.sha256 !== wanted.sha256 || !isDeployed(mark)) {
    return { kind: 'redeploy', name, wanted, local, why: 'its deploy hook has not run' };
  }
  if (options.redeploy?.has(name) === true)
    return { kind: 'redeploy', name, wanted, local, why: 'it is to be deployed again' };
  return undefined;
}

function whyReplaced(wanted: WantedExtension, { mark, tree }: LocalExtension): string {
  if (mark === undefined) return 'a foreign directory stands in its place';
  if (mark.sha256 !== wanted.sha256) return `version ${mark.version} stands there`;
  return `it has drifted: ${tree === undefined ? 'it is gone' : treeFault(tree)}`;
}

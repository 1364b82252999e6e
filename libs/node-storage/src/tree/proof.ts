import { rootDigest, sha256Hex, type DigestedExtension } from '@muster/contracts';
import { isDeployed } from '../deployed-mark.js';
import { standingMark, treeFault, type LocalState, type TreeState } from './local-state.js';

/** What a look at the disk proves. Foreign directories have no part in it. */
export interface Proof {
  readonly rootDigest: string;
  readonly provenAtMs: number;
  readonly extensions: readonly DigestedExtension[];
  /** Whether the deploy hooks of everything that stands there have run. */
  readonly deployed: boolean;
}

export function prove(local: LocalState): Proof {
  const extensions: DigestedExtension[] = [];
  let deployed = true;
  for (const extension of local.extensions.values()) {
    const { name, mark, tree } = extension;
    if (mark === undefined) continue;
    deployed &&= isDeployed(mark);
    const sha256 = standingMark(extension)?.sha256 ?? mark.sha256;
    if (tree !== undefined) extensions.push({ name, sha256, treeDigest: provenDigest(tree) });
  }
  return { rootDigest: rootDigest(extensions), provenAtMs: local.lookedAtMs, extensions, deployed };
}

/** A tree that has no digest still takes part, as something that no package can be. */
function provenDigest(tree: TreeState): string {
  return 'digest' in tree ? tree.digest : sha256Hex(`fault\0${treeFault(tree)}`);
}

import type { Command } from 'commander';
import type { Host } from '../host.js';
import { addAcceptCatalog } from './accept-catalog.js';
import { addCompletion } from './completion.js';
import { addExport } from './export.js';
import { addFreeze } from './freeze.js';
import { addHistory } from './history.js';
import { addImport } from './import.js';
import { addList } from './list.js';
import { addMaxDeploying } from './max-deploying.js';
import { addNodes } from './nodes.js';
import { addResync, addRetry, addVerify } from './node-orders.js';
import { addPause } from './pause.js';
import { addProceed } from './proceed.js';
import { addProposals } from './proposals.js';
import { addRemove } from './remove.js';
import { addReplay } from './replay.js';
import { addResume } from './resume.js';
import { addRetire } from './retire.js';
import { addRevisions } from './revisions.js';
import { addRollback } from './rollback.js';
import { addShow } from './show.js';
import { addStatus } from './status.js';
import { addUnfreeze } from './unfreeze.js';
import { addValidate } from './validate.js';
import { addWait } from './wait.js';
import { addWhy } from './why.js';

type Add = (program: Command, host: Host) => void;

/** The commands in the order in which help shows them. */
const GROUPS: readonly (readonly [title: string, commands: readonly Add[]])[] = [
  ['Extensions', [addImport, addValidate, addList, addShow, addRemove, addRollback, addExport]],
  ['How it stands', [addStatus, addWhy, addNodes, addWait, addRevisions, addProposals, addHistory]],
  ['Mending', [addRetry, addProceed, addResync, addVerify, addReplay, addAcceptCatalog]],
  ['Holding', [addPause, addResume, addFreeze, addUnfreeze, addMaxDeploying, addRetire]],
  ['This program', [addCompletion]],
];

export function addCommands(program: Command, host: Host): void {
  for (const [title, commands] of GROUPS) {
    program.commandsGroup(title);
    for (const add of commands) add(program, host);
  }
}

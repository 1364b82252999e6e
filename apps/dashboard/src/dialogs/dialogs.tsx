import { openDialog } from '../store/dialogs.js';
import { CallOffDialog } from './call-off-dialog.js';
import { HelpDialog } from './help-dialog.js';
import { AcceptDialog, RetireDialog } from './node-dialogs.js';
import { FreezeDialog, PauseDialog } from './reason-dialog.js';
import { RemoveDialog } from './remove-dialog.js';
import { ReplayDialog } from './replay-dialog.js';
import { RollbackDialog } from './rollback-dialog.js';
import { SearchDialog } from './search-dialog.js';

export function Dialogs() {
  const open = openDialog.value;
  switch (open?.kind) {
    case undefined:
      return null;
    case 'search':
      return <SearchDialog />;
    case 'help':
      return <HelpDialog />;
    case 'freeze':
      return <FreezeDialog />;
    case 'pause':
      return <PauseDialog node={open.node} />;
    case 'retire':
      return <RetireDialog node={open.node} />;
    case 'accept':
      return <AcceptDialog node={open.node} />;
    case 'call-off':
      return <CallOffDialog proposal={open.proposal} />;
    case 'remove':
      return <RemoveDialog extension={open.extension} />;
    case 'rollback':
      return <RollbackDialog extension={open.extension} sha256={open.sha256} />;
    case 'replay':
      return <ReplayDialog from={open.from} node={open.node} extension={open.extension} />;
  }
}

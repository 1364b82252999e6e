import { offersFor, type Refused } from '../../model/import-switches.js';
import { switches, turn } from '../../store/import-job.js';

/** Where a switch would overcome what was refused, it is offered right there. It only plans anew: the import is asked for after. */
export function SwitchOffers({ refused }: { refused: Refused }) {
  const offers = offersFor(refused, switches.value);
  if (offers.length === 0) return null;
  return (
    <p class="buttons">
      {offers.map(({ key, offer }) => (
        <button key={key} type="button" onClick={() => turn(key, true)}>
          {offer}
        </button>
      ))}
      <span class="muted">makes the plan anew; nothing is changed yet</span>
    </p>
  );
}

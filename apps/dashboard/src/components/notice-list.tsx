import { dismiss, notices } from '../store/notices.js';
import { ProblemNote } from './basics.js';

export function NoticeList() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, text, problem }) => (
        <div key={id} class="notice">
          {problem ? <ProblemNote problem={problem} title={text} /> : <p>{text}</p>}
          <button type="button" class="quiet" onClick={() => dismiss(id)} aria-label={`Dismiss: ${text}`}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

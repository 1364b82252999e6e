import type { EventLogStatus } from '@muster/contracts';
import type { DynamicModule } from '@nestjs/common';
import type { Board } from './board/board.js';
import type { LatestReports } from './board/latest-reports.js';
import { HistoryController } from './http/history.controller.js';
import { TimelineController } from './http/timeline.controller.js';
import { WhyController } from './http/why.controller.js';
import { ActionStore } from './stores/action.store.js';
import type { Database } from './stores/database.js';
import { ExtensionNames } from './stores/extension-names.store.js';
import { PassageStore } from './stores/passage.store.js';
import { TimelineDesk } from './timeline/timeline-desk.js';
import { WhyDesk } from './why/why-desk.js';

export interface AnswersOptions {
  readonly board: Board;
  readonly reports: LatestReports;
  readonly database: Database;
  readonly eventLog: () => EventLogStatus;
  readonly offlineAfterMs: number;
}

export interface Answers extends Required<Pick<DynamicModule, 'controllers' | 'providers'>> {
  readonly timeline: TimelineDesk;
}

/** What is only read when somebody asks: why, what was done, and how revisions came to the nodes. */
export function answers(options: AnswersOptions): Answers {
  const { board, reports, database, eventLog, offlineAfterMs } = options;
  const names = new ExtensionNames(database);
  const why = new WhyDesk({ board, reports, names, eventLog, quietAfterMs: offlineAfterMs / 2 });
  const timeline = new TimelineDesk(new PassageStore(database), board);
  return {
    timeline,
    controllers: [HistoryController, TimelineController, WhyController],
    providers: [
      { provide: WhyDesk, useValue: why },
      { provide: ActionStore, useValue: new ActionStore(database) },
      { provide: TimelineDesk, useValue: timeline },
    ],
  };
}

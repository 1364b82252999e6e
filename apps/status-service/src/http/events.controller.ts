import { HttpProblem } from '@muster/service-kit';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Board } from '../board/board.js';
import { LiveBoard } from '../live/live-board.js';
import { Watchers } from '../live/watchers.js';

const FULL_RETRY_SECONDS = 10;
/** Who was cut off comes back after about so long; not all at once. */
const RECONNECT_MS = { least: 1_000, spread: 2_000 };

@ApiTags('board')
@Controller('events')
export class EventsController {
  constructor(
    private readonly board: Board,
    private readonly live: LiveBoard,
    private readonly watchers: Watchers,
  ) {}

  /**
   * The board as it changes, as server-sent events: `data` is one message, its `type` says which. The first is the whole board,
   * unless `Last-Event-ID` names a message that is still known: then it goes on behind that one. A `beat` comes every 15 s.
   */
  @Get()
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the id of the last message that was received' })
  @ApiOkResponse({ description: 'an endless stream', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiServiceUnavailableResponse({
    description: 'too-many-watchers, stopping, database-away before anything was known',
  })
  async events(@Headers('last-event-id') lastId: string | undefined, @Res() response: Response): Promise<void> {
    if (!this.live.isKnown) await this.board.look();
    if (this.watchers.isFull) throw tooMany(this.watchers.limit);
    if (response.destroyed) return;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      // A proxy in front must not hold messages back.
      'X-Accel-Buffering': 'no',
    });
    response.socket?.setNoDelay(true);
    response.write(`retry: ${RECONNECT_MS.least + Math.round(Math.random() * RECONNECT_MS.spread)}\n\n`);
    this.watchers.add(response, lastId);
  }
}

function tooMany(limit: number): HttpProblem {
  return new HttpProblem(503, 'too-many-watchers', 'too many clients watch the board already', {
    limit,
    remedy: 'close other pages, or read GET /board now and then instead',
    retryAfterSeconds: FULL_RETRY_SECONDS,
  });
}

import { boardSchema, type BoardSnapshot } from '@muster/contracts';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { Board } from '../board/board.js';
import { LiveBoard } from '../live/live-board.js';
import { jsonSchema } from './json-schema.js';

@ApiTags('board')
@Controller('board')
export class BoardController {
  constructor(
    private readonly board: Board,
    private readonly live: LiveBoard,
  ) {}

  /**
   * Nodes × extensions in one answer: the cluster's state, what the head wants, and of each node what is not simply in sync.
   * While the database is away it is what was known before, and `cluster.fresh` is false.
   */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'the whole board', schema: jsonSchema(boardSchema) })
  @ApiServiceUnavailableResponse({ description: 'database-away, before anything was known' })
  async snapshot(): Promise<BoardSnapshot> {
    await known(this.board, this.live);
    return this.live.snapshot();
  }
}

/** Looks, unless it is known that nothing can be seen. @throws MusterError `database-away` where nothing has been seen yet */
export async function known(board: Board, live: LiveBoard): Promise<void> {
  if (live.isKnown && !live.isFresh) return;
  try {
    await board.look();
  } catch (error) {
    if (!live.isKnown) throw error;
  }
}

import {
  nodeIdSchema,
  orderListSchema,
  orderRequestSchema,
  orderViewSchema,
  type OrderList,
  type OrderRequest,
  type OrderView,
} from '@muster/contracts';
import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { RecoveryRecorder } from '../record/recovery-recorder.js';
import { OrderDesk } from '../recovery/order-desk.js';
import { askerOf } from './asker-of.js';
import { answers, openApi } from './open-api.js';
import * as examples from './recovery-examples.js';

@ApiTags('recovery')
@Controller('nodes/:node/orders')
export class OrdersController {
  constructor(
    private readonly desk: OrderDesk,
    private readonly recorder: RecoveryRecorder,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Tell one node what to do outside the normal way',
    description:
      '`verify` hashes what stands there, `retry` tries what is parked at once, `resync` does both; `accept-catalog` makes a forked node take this catalog for its own.',
  })
  @ApiBody({ schema: openApi(orderRequestSchema) })
  @ApiAcceptedResponse(answers('the order; the node carries it out when it reads it', orderViewSchema))
  @ApiResponse(examples.ORDER_BAD)
  @ApiResponse(examples.ORDER_NOT_FOUND)
  @ApiResponse(examples.ORDER_REFUSED)
  @ApiResponse(examples.NOT_NOW)
  async give(
    @Param('node', { schema: nodeIdSchema }) node: string,
    @Body({ schema: orderRequestSchema }) order: OrderRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderView> {
    const asker = askerOf(request, response);
    const act = { action: 'order' as const, asker, subject: node, detail: order };
    const given = await this.recorder.record(act, () => this.desk.give(node, order, asker.actor));
    response.location(`/nodes/${node}/orders/${given.id}`);
    return given;
  }

  @Get()
  @ApiOperation({ summary: 'The latest orders of a node, the newest first' })
  @ApiOkResponse(answers('carried out or not, at most 100', orderListSchema))
  @ApiResponse(examples.ORDER_NOT_FOUND)
  list(@Param('node', { schema: nodeIdSchema }) node: string): Promise<OrderList> {
    return this.desk.list(node);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One order, with what the node says that came of it' })
  @ApiOkResponse(answers('the order', orderViewSchema))
  @ApiResponse(examples.ORDER_NOT_FOUND)
  find(@Param('node', { schema: nodeIdSchema }) node: string, @Param('id') id: string): Promise<OrderView> {
    return this.desk.find(node, id);
  }
}

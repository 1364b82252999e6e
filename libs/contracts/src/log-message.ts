import { z } from 'zod';
import { extensionChangedSchema } from './extension-changed.js';
import { ordersGivenSchema } from './orders-given.js';

/** What the event log carries. Whoever meets a type that it does not know ignores it. */
export const logMessageSchema = z.discriminatedUnion('type', [extensionChangedSchema, ordersGivenSchema]);
export type LogMessage = z.infer<typeof logMessageSchema>;

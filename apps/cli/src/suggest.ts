import { extensionListSchema, nodeListSchema } from '@muster/contracts';
import { Failure } from './failure.js';
import { nearest } from './nearest.js';
import type { Session } from './session.js';

export interface Named {
  readonly node?: string | undefined;
  readonly extension?: string | undefined;
}

/** Does the work; where a service does not know the name, the nearest one is offered. */
export async function suggesting<T>(session: Session, named: Named, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const near = await nearestTo(session, error.code, named);
    throw near === undefined ? error : error.withRemedy(`Did you mean ${near}? ${error.remedy ?? ''}`.trim());
  }
}

async function nearestTo(session: Session, code: string, { node, extension }: Named): Promise<string | undefined> {
  try {
    if (code === 'extension-unknown' && extension !== undefined)
      return nearest(extension, await extensionNames(session));
    if (code === 'node-unknown' && node !== undefined) return nearest(node, await nodeNames(session));
  } catch (error) {
    // The first refusal is the one that counts.
    if (!(error instanceof Failure)) throw error;
  }
  return undefined;
}

async function extensionNames(session: Session): Promise<string[]> {
  const { extensions } = await session.ask(extensionListSchema, {
    service: 'import-service',
    path: ['extensions'],
    thing: 'the list of extensions',
  });
  return extensions.map(({ name }) => name);
}

async function nodeNames(session: Session): Promise<string[]> {
  const { nodes } = await session.ask(nodeListSchema, {
    service: 'status-service',
    path: ['nodes'],
    thing: 'the list of nodes',
  });
  return nodes.map(({ node }) => node);
}

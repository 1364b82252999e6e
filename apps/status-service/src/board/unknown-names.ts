import { MusterError } from '@muster/contracts';
import { nearest } from '../model/nearest.js';

const MAX_SHOWN = 128;

export function nodeUnknown(node: string, known: readonly string[]): MusterError {
  return new MusterError('node-unknown', `no node ${shown(node)} has enrolled or reported`, {
    actual: `${known.length} nodes are known`,
    remedy: `${meant(node, known)}GET /nodes lists them`,
  });
}

export function extensionUnknown(extension: string, known: readonly string[]): MusterError {
  return new MusterError('extension-unknown', `the catalog has never had an extension ${shown(extension)}`, {
    actual: `${known.length} extensions are known`,
    remedy: `${meant(extension, known)}GET /extensions lists them`,
  });
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, MAX_SHOWN));
}

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name.slice(0, MAX_SHOWN), known);
  return near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
}

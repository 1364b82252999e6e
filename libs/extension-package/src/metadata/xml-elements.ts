import { SaxesParser } from 'saxes';
import { PackageRefused, quoted } from '../package-refused.js';
import type { RefusalCode } from '../package-refused.js';

/** Where some XML came from, and as what its faults are refused. */
export interface XmlSource {
  readonly path: string;
  readonly invalid: RefusalCode;
}

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Names of the elements around it, the root first. */
  readonly parents: readonly string[];
  readonly line: number;
}

export const XML_CAPS = { depth: 64, attributes: 200, elements: 50_000 } as const;

const CHUNK_BYTES = 64 * 1024;

/**
 * Calls `onElement` for each start tag, in document order. No entity is ever expanded and no object is keyed by a stranger's
 * name. Refuses what is not well-formed UTF-8 XML, a DOCTYPE, and what is deeper or larger than the caps.
 */
export function readElements(data: Buffer, source: XmlSource, onElement: (element: XmlElement) => void): void {
  const parser = new SaxesParser({ fileName: source.path });
  const parents: string[] = [];
  let attributes = new Map<string, string>();
  let elements = 0;
  const fail = (what: string, limit?: number): never => {
    throw invalidXml(source, parser.line, what, limit);
  };
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) fail(`the encoding is ${quoted(encoding)}, not UTF-8`);
  });
  parser.on('doctype', () => fail('it has a DOCTYPE, which no extension needs'));
  parser.on('attribute', ({ name, value }) => {
    attributes.set(name, value);
    if (attributes.size > XML_CAPS.attributes) fail('an element has too many attributes', XML_CAPS.attributes);
  });
  parser.on('opentag', ({ name }) => {
    elements += 1;
    if (elements > XML_CAPS.elements) fail('it has too many elements', XML_CAPS.elements);
    if (parents.length >= XML_CAPS.depth) fail('its elements are nested too deep', XML_CAPS.depth);
    onElement({ name, attributes, parents: [...parents], line: parser.line });
    parents.push(name);
    attributes = new Map();
  });
  parser.on('closetag', () => parents.pop());
  parser.on('error', (error) => fail(error.message.replace(/^.*?\d+:\d+: /, '')));
  feed(parser, data, () => fail('it is not valid UTF-8'));
}

function feed(parser: SaxesParser, data: Buffer, onBadText: () => never): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Buffer): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      return onBadText();
    }
  };
  for (let at = 0; at < data.length; at += CHUNK_BYTES) parser.write(decode(data.subarray(at, at + CHUNK_BYTES)));
  parser.write(decode()).close();
}

export function invalidXml(source: XmlSource, line: number, what: string, limit?: number): PackageRefused {
  return new PackageRefused(source.invalid, `${quoted(source.path)}, line ${line}: ${what}`, {
    remedy: 'Correct the file and build the package again.',
    ...(limit === undefined ? {} : { limit }),
  });
}

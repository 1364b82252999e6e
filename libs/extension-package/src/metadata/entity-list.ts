import type { PackageEntity } from '@muster/contracts';
import { PackageRefused, quoted } from '../package-refused.js';
import { invalidXml } from './xml-elements.js';
import type { XmlElement, XmlSource } from './xml-elements.js';

/** The collection that describes the package itself. */
export const PACKAGES = 'ExtensionPackages';

const MAX_NAME_CHARACTERS = 256;
const MAX_TYPE_CHARACTERS = 64;
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** The entities of a package, each once, in the order in which they were met. */
export class EntityList {
  readonly #entities = new Map<string, PackageEntity>();

  /** Adds the element if it is an entity: `<Entities><Collection><Entity name="…">`. Its own word is its type. */
  consider(element: XmlElement, source: XmlSource): void {
    const [root, collection] = element.parents;
    if (element.parents.length !== 2 || root !== 'Entities' || collection === PACKAGES) return;
    const type = element.name;
    const name = element.attributes.get('name');
    if (name === undefined || name === '') throw invalidXml(source, element.line, `a ${quoted(type)} has no name`);
    if (name.length > MAX_NAME_CHARACTERS || type.length > MAX_TYPE_CHARACTERS || UNSEEN.test(name)) {
      throw new PackageRefused(
        'entity-name-invalid',
        `${quoted(source.path)}, line ${element.line}: the ${quoted(type)} ${quoted(name)} has a name that is too long or holds control characters`,
        {
          limit: MAX_NAME_CHARACTERS,
          actual: name.length,
          remedy: 'Rename the entity and build the package again.',
        },
      );
    }
    this.#entities.set(`${type}\0${name}`, { type, name });
  }

  toArray(): PackageEntity[] {
    return Array.from(this.#entities.values());
  }
}

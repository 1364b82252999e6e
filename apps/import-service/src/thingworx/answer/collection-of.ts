/** The collection of an entity's type, as addresses and answers name it: `Widget` is in `Widgets`, a library in `…Libraries`. */
export function collectionOf(type: string): string {
  return /[^aeiou]y$/.test(type) ? `${type.slice(0, -1)}ies` : `${type}s`;
}

/** The type of the entities of a collection. */
export function typeOf(collection: string): string {
  return collection.endsWith('ies') ? `${collection.slice(0, -3)}y` : collection.replace(/s$/, '');
}

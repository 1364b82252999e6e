/** Begins a transaction whose statements all see one state of the catalog. */
export const SNAPSHOT = 'begin isolation level repeatable read read only';

export * from './zip-builder.js';
export * from './package-builder.js';
export * from './create-database.js';
export * from './fault-proxy.js';
export * from './kafka-for-tests.js';
export * from './leak-check.js';
export type * from './provided-context.js';
export * from './temporary-directory.js';
export * from './wait-for.js';

export * from './zip-builder.js';
export * from './package-builder.js';

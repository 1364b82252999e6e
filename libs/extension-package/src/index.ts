export * from './package-reader.js';

// What a page may show of the contracts without their schemas.
export * from './state-table.js';
export * from './cause-table.js';

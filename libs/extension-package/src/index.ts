export * from './package-reader.js';
export { PackageRefused, REFUSAL_CODES } from './package-refused.js';
export type { RefusalCode } from './package-refused.js';
export { readPackageLimits } from './package-limits.js';
export type { BundleContents } from './archive/bundle.js';
export { createPackageReader } from './create-package-reader.js';
export type { PackageReaderOptions } from './create-package-reader.js';

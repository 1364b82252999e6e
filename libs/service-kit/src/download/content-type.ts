import path from 'node:path';

const UTF_8 = 'charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  '.css': `text/css; ${UTF_8}`,
  '.csv': `text/csv; ${UTF_8}`,
  '.eot': 'application/vnd.ms-fontobject',
  '.gif': 'image/gif',
  '.htm': `text/html; ${UTF_8}`,
  '.html': `text/html; ${UTF_8}`,
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': `text/javascript; ${UTF_8}`,
  '.json': `application/json; ${UTF_8}`,
  '.map': `application/json; ${UTF_8}`,
  '.md': `text/plain; ${UTF_8}`,
  '.mjs': `text/javascript; ${UTF_8}`,
  '.otf': 'font/otf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ts': `text/plain; ${UTF_8}`,
  '.ttf': 'font/ttf',
  '.txt': `text/plain; ${UTF_8}`,
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.xml': `application/xml; ${UTF_8}`,
};

/** The media type that a file's name stands for; of what is unknown, bytes. */
export function contentTypeOf(file: string): string {
  return TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream';
}

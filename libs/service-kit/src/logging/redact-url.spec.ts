import { expect, test } from 'vitest';
import { redactUrl } from './redact-url.js';

test.for<[string, string]>([
  ['/Thingworx/ready', '/Thingworx/ready'],
  ['/imports?force=true', '/imports?force=true'],
  ['/x?appKey=s3cret', '/x?appKey=[secret]'],
  ['/x?purpose=import&appKey=s3cret&validate=true', '/x?purpose=import&appKey=[secret]&validate=true'],
  ['/x?&APPKEY=s3cret=more', '/x?&APPKEY=[secret]'],
  ['/x?app%4Bey=s3cret', '/x?app%4Bey=[secret]'],
  ['/x?%E0%A4%A=1&appKey=s3cret', '/x?%E0%A4%A=1&appKey=[secret]'],
  ['/x?appKey=one&appKey=two', '/x?appKey=[secret]&appKey=[secret]'],
  ['/x?appKey', '/x?appKey=[secret]'],
  ['/x?why=appKey', '/x?why=appKey'],
])('%s', ([url, logged]) => expect(redactUrl(url)).toBe(logged));

import { expect, test } from 'vitest';
import { collectionOf, typeOf } from './collection-of.js';
import { platformVersion } from './platform-version.js';

test.for<[string, string]>([
  ['Widget', 'Widgets'],
  ['ThingTemplate', 'ThingTemplates'],
  ['ScriptFunctionLibrary', 'ScriptFunctionLibraries'],
  ['Thing', 'Things'],
  ['Resource', 'Resources'],
  ['DataShape', 'DataShapes'],
  ['Gateway', 'Gateways'],
])('%s is in %s', ([type, collection]) => expect([collectionOf(type), typeOf(collection)]).toEqual([collection, type]));

test.for<[string, string]>([
  ['1', '1.0.0'],
  ['2.2', '2.2.0'],
  ['01.02.03', '1.2.3'],
  ['1.2.3.4', '1.2.3.4'],
])('%s is printed as %s', ([version, printed]) => expect(platformVersion(version)).toBe(printed));

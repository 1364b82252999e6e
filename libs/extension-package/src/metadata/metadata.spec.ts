import { buildMetadata, buildPackage, temporaryDirectory } from '@muster/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrialGround } from '../spec/trial-ground.js';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';
const PACKAGE = '<ExtensionPackages><ExtensionPackage name="Good" packageVersion="1.0.0"/></ExtensionPackages>';
const xml = (rest = '', head = HEAD): string => `${head}<Entities>${PACKAGE}${rest}</Entities>`;
const withXml = (metadata: string | Buffer): Buffer => buildPackage({ name: 'Good', metadata });
const attributes = (changed: Record<string, string>): Buffer => buildPackage({ name: 'Good', attributes: changed });
const nested = (levels: number): string => '<d name="n">'.repeat(levels) + '</d>'.repeat(levels);
const many = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join('');
const entityFile = (content: string): Buffer =>
  buildPackage({ name: 'Good', files: { 'Entities/Things/x.xml': content } });
const widget = (resources: string): string =>
  xml(`<Widgets><Widget name="W"><UIResources>${resources}</UIResources></Widget></Widgets>`);
const resource = (file: string): Buffer =>
  buildPackage({
    name: 'Good',
    metadata: widget(`<FileResource type="JS" file="${file}"/>`),
    files: { 'ui/W/lib/w.js': 'x', 'ui/common/c.js': 'y' },
  });

const REFUSED: Record<string, Record<string, Buffer>> = {
  'metadata-invalid': {
    'billion laughs': withXml(`<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>${xml('<a>&b;</a>', '')}`),
    'external entity': withXml(`<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>${xml('<a>&a;</a>', '')}`),
    'bare DOCTYPE': withXml(`<!DOCTYPE Entities>${xml('', '')}`),
    'undefined entity': withXml(xml('<a>&undefined;</a>')),
    'nested too deep': withXml(xml(nested(1000))),
    'nested one too deep': withXml(xml(nested(64))),
    'too many attributes': withXml(xml(`<a ${many(201, (index) => `a${index}="" `)}/>`)),
    'too many elements': withXml(xml(many(50_001, () => '<a/>'))),
    'duplicate attribute': withXml(xml('<a x="1" x="2"/>')),
    'unclosed element': withXml(xml('<a>')),
    'crossed elements': withXml(xml('<a><b></a></b>')),
    'NUL character': withXml(xml('<a>\0</a>')),
    'surrogate by number': withXml(xml('<a>&#xD800;</a>')),
    'text behind the root': withXml(`${xml()}x`),
    'a second root': withXml(`${xml()}<Entities/>`),
    'empty file': withXml(''),
    'not XML': withXml('{"name": "Good"}'),
    'cut off': withXml(xml().slice(0, -5)),
    'invalid UTF-8': withXml(Buffer.concat([Buffer.from(xml('<a>')), Buffer.from([0xff]), Buffer.from('</a>')])),
    'UTF-8 that stops': withXml(Buffer.concat([Buffer.from(xml()), Buffer.from([0xe2, 0x82])])),
    'UTF-16': withXml(Buffer.from(`\ufeff${xml('', '')}`, 'utf16le')),
    'another encoding declared': withXml(xml('', '<?xml version="1.0" encoding="ISO-8859-1"?>')),
    'another root': withXml(`${HEAD}<Things>${PACKAGE}</Things>`),
    'no package': withXml(`${HEAD}<Entities><ExtensionPackages/></Entities>`),
    'two packages': withXml(xml(PACKAGE)),
    'a package elsewhere': withXml(
      `${HEAD}<Entities><Things><ExtensionPackage name="Good" packageVersion="1"/></Things></Entities>`,
    ),
    'no name': withXml(
      `${HEAD}<Entities><ExtensionPackages><ExtensionPackage packageVersion="1"/></ExtensionPackages></Entities>`,
    ),
    'no version': withXml(
      `${HEAD}<Entities><ExtensionPackages><ExtensionPackage name="A"/></ExtensionPackages></Entities>`,
    ),
    'an entity without a name': withXml(xml('<Widgets><Widget/></Widgets>')),
    'haCompatible neither true nor false': attributes({ haCompatible: 'perhaps' }),
    'a resource without a file': withXml(widget('<FileResource type="JS"/>')),
  },
  'metadata-too-large': { 'one byte above 1 MiB': withXml(`${xml()}${' '.repeat(1024 * 1024 + 1 - xml().length)}`) },
  'name-invalid': Object.fromEntries(
    [
      '../evil',
      'a/b',
      'a\\b',
      '',
      '.',
      '..',
      '.hidden',
      'a.',
      'a ',
      ' a',
      'CON',
      'nul.x',
      'a:b',
      'caf\u00e9',
      'x'.repeat(129),
    ].map((name) => [JSON.stringify(name.slice(0, 20)), attributes({ name })]),
  ),
  'version-invalid': Object.fromEntries(
    ['', '1.x', 'v1.0', '1.0-beta', '1..0', '1.0.', '1.2.3.4.5', '-1', '1'.repeat(10), '../1'].map((packageVersion) => [
      JSON.stringify(packageVersion),
      attributes({ packageVersion }),
    ]),
  ),
  'depends-on-invalid': Object.fromEntries(
    ['A:x', 'A:', '../A:1.0', 'A:1.0,:2.0', 'Good:1.0', 'A:1.0 B:2.0'].map((dependsOn) => [
      JSON.stringify(dependsOn),
      attributes({ dependsOn }),
    ]),
  ),
  'entity-name-invalid': {
    'too long': withXml(xml(`<Widgets><Widget name="${'x'.repeat(257)}"/></Widgets>`)),
    'control character': withXml(xml('<Widgets><Widget name="a&#10;b"/></Widgets>')),
    'turned around': withXml(xml('<Widgets><Widget name="a&#x202e;b"/></Widgets>')),
  },
  'entity-file-invalid': {
    'not well-formed': entityFile('<Entities><Things></Entities>'),
    DOCTYPE: entityFile('<!DOCTYPE x><Entities/>'),
    'too many elements': entityFile(`<Entities>${many(50_000, () => '<a/>')}</Entities>`),
    'entity without a name': entityFile('<Entities><Things><Thing/></Things></Entities>'),
  },
  'resource-path-invalid': Object.fromEntries(
    ['../../../x', '..\\..\\..\\x', 'a/../../../../x', '/etc/passwd', 'C:\\x', '\\\\host\\x'].map((file) => [
      file,
      resource(file),
    ]),
  ),
  'resource-missing': {
    'not there': resource('missing.js'),
    'half a name': resource('.js'),
    'in another directory': resource('other/w.js'),
  },
};

describe('metadata.xml', () => {
  let ground: TrialGround;
  beforeAll(async () => {
    ground = new TrialGround(await temporaryDirectory('metadata'));
  });
  afterAll(() => ground.reader.close());

  for (const [code, samples] of Object.entries(REFUSED)) {
    it.each(Object.entries(samples))(`${code}: %s`, async (_title, zip) => {
      const trial = await ground.extract(zip);
      expect(trial.outcome, trial.refusal?.message).toBe(code);
      expect(trial.refusal?.remedy).toBeTruthy();
      expect(trial.onDisk).toBeUndefined();
    });
  }

  const metadataOf = async (zip: Buffer) => {
    const trial = await ground.check(zip);
    expect(trial.outcome, trial.refusal?.message).toBe('accepted');
    return trial.contents!.metadata;
  };

  it('says in which line the fault is', async () => {
    const { refusal } = await ground.check(withXml(`${HEAD}\n<Entities>\n<a>\n</b></Entities>`));
    expect(refusal?.message).toContain('"metadata.xml", line 4:');
  });

  it('reads every attribute as it was written, and leaves out what was not', async () => {
    const written = {
      vendor: '',
      description: 'a &lt; "b"',
      buildNumber: '{"x":1}',
      migratorClass: 'M',
      artifactId: 'a',
      groupId: 'g',
      haCompatible: 'TRUE',
    };
    const metadata = await metadataOf(buildPackage({ name: 'Thing Worx', version: '2.2', attributes: written }));
    expect(metadata).toMatchObject({
      ...written,
      name: 'Thing Worx',
      version: '2.2',
      haCompatible: true,
      dependsOn: [],
    });
    const least = await metadataOf(withXml(xml('', '\ufeff')));
    expect(least).toEqual({ name: 'Good', version: '1.0.0', dependsOn: [], entities: [], fileResources: [] });
  });

  it('reads versions of one to four parts', async () => {
    for (const version of ['1', '2.2', '1.0.37', '10.20.30.40']) {
      expect(await metadataOf(buildPackage({ name: 'Good', version }))).toMatchObject({ version });
    }
  });

  it('reads dependsOn with commas or semicolons, without versions, and named twice', async () => {
    const dependsOn = ' A:1.0 ; B:2.0.1,,C, A:1.2;';
    expect((await metadataOf(attributes({ dependsOn }))).dependsOn).toEqual([
      { name: 'A', version: '1.2' },
      { name: 'B', version: '2.0.1' },
      { name: 'C', version: '0.0.0' },
    ]);
  });

  it('collects the entities of metadata.xml and of entity files, each once', async () => {
    const entities = [
      'Widget',
      'ThingTemplate',
      'ThingShape',
      'ThingPackage',
      'Resource',
      'ScriptFunctionLibrary',
      'Authenticator',
      'Subsystem',
      'LocalizationTable',
      'DataShape',
      'Thing',
      'toString',
    ].map((type) => ({ type, name: `my${type}` }));
    const file = (type: string, name: string): string =>
      `<Entities universal="x"><${type}s><${type} name="${name}"><Inner name="not this"/></${type}></${type}s></Entities>`;
    const metadata = await metadataOf(
      buildPackage({
        name: 'Good',
        entities,
        files: {
          'Entities/DataShapes_X.xml': file('DataShape', 'myDataShape'),
          'Entities/Things/Things_Y.xml': `\ufeff${file('Thing', '__proto__')}`,
          'Entities/readme.txt': 'no xml',
          'entities.xml': 'no entity file',
          'Localization/x.xml': 'no entity file',
        },
      }),
    );
    expect(metadata.entities).toEqual([...entities, { type: 'Thing', name: '__proto__' }]);
  });

  it.each(['lib/w.js', 'w.js', './lib/w.js', 'lib\\w.js', '../common/c.js', 'LIB/W.js', 'ui/W/lib/w.js'])(
    'finds the resource %s',
    async (file) => {
      expect((await metadataOf(resource(file))).fileResources).toEqual([{ type: 'JS', file }]);
    },
  );

  it('accepts what is exactly at the caps', async () => {
    await metadataOf(withXml(xml(`${nested(63)}<a ${many(200, (index) => `a${index}="" `)}/>`)));
    await metadataOf(withXml(xml(many(50_000 - 3, () => '<a/>'))));
    await metadataOf(withXml(`${xml()}${' '.repeat(1024 * 1024 - xml().length)}`));
  });

  it('recognises a bundle and a zip of the directory', async () => {
    const inner = buildPackage({ name: 'Inner' });
    const bundle = await ground.check(
      buildPackage({ name: 'x', metadata: null, files: { 'a.zip': inner, 'b.ZIP': inner } }),
    );
    expect(bundle.outcome).toBe('metadata-missing');
    expect(bundle.refusal?.message).toMatch(/bundle.*"a\.zip", "b\.ZIP"/);
    expect(bundle.refusal?.remedy).toContain('one by one');
    const wrapped = await ground.check(
      buildPackage({ name: 'x', metadata: null, files: { 'x/metadata.xml': buildMetadata({ name: 'x' }) } }),
    );
    expect(wrapped.refusal).toMatchObject({
      code: 'metadata-missing',
      message: expect.stringContaining('"x/metadata.xml"'),
    });
    const neither = await ground.check(buildPackage({ name: 'x', metadata: null }));
    expect(neither.outcome).toBe('metadata-missing');
  });
});

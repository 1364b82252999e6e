import { expect } from 'vitest';
import {
  APP_KEY,
  BASIC,
  JSON_BODY,
  KEY,
  reported,
  SERVICES,
  statuses,
  XSRF,
  type Answered,
  type Facade,
} from './facade.js';

export interface Subject {
  readonly name: string;
  readonly build: (version: string) => Buffer;
}

/** A client that is in use: what it sends, call by call, and what it takes for success. */
export interface Client {
  readonly name: string;
  readonly run: (facade: Facade, subject: Subject) => Promise<void>;
  /** The version that stands in the end. */
  readonly leaves: string;
}

const JSON_ACCEPT = { Accept: 'application/json' };
const THING_CLI = { ...XSRF, 'X-THINGWORX-SESSION': 'true', ...JSON_ACCEPT };
const OCTETS = 'application/octet-stream';
const UPLOADER = '/ExtensionPackageUploader';
const isOk = ({ status }: Answered): boolean => status >= 200 && status < 300;

/** `fetch` with a Blob without a type: the part says octet-stream. */
async function thingCli(facade: Facade, { name, build }: Subject, login: Record<string, string>): Promise<void> {
  const headers = { ...THING_CLI, ...login };
  const upload = async (version: string): Promise<void> => {
    const form = { part: 'file', fileName: `${name}-${version}.zip`, type: OCTETS, bytes: build(version) };
    const answer = await facade.send({ path: `${UPLOADER}?purpose=import`, headers, form });
    expect(answer.status, answer.text).toBe(200);
    expect(statuses(answer)).toEqual({ validate: [0], install: [0] });
  };
  const call = (service: string, body: object) =>
    facade.send({ path: `${SERVICES}/${service}`, headers: { ...headers, ...JSON_BODY }, body: JSON.stringify(body) });
  const types = () => facade.send({ method: 'GET', path: `/Common/extensions/${name}/ui/@types/index.d.ts`, headers });

  expect((await types()).status).toBe(404);
  await upload('1.0.0');
  expect((await types()).text).toBe('declare const v = "1.0.0";');
  const { rows } = (await call('GetExtensionPackageDetails', { packageName: name })).json();
  expect(rows.map(({ parentName, name: entity }) => [parentName, entity])).toEqual([
    ['Widgets', `${name}.widget`],
    ['Things', `${name}.thing`],
    ['Resources', 'tools.jar'],
  ]);
  await upload('1.1.0');
  const removed = await call('DeleteExtensionPackage', { packageName: name });
  expect([removed.status, removed.text]).toEqual([200, '']);
  await upload('1.1.0');
}

/** Deletes first and takes no notice of the outcome; then uploads, and gives up on anything but 200. */
async function gulpTemplate(facade: Facade, { name, build }: Subject): Promise<void> {
  for (const version of ['1.0.0', '1.0.1']) {
    await facade.send({
      path: `${SERVICES}/DeleteExtensionPackage`,
      headers: { ...XSRF, ...JSON_ACCEPT, ...JSON_BODY, ...APP_KEY },
      body: JSON.stringify({ packageName: name }),
    });
    const form = { part: 'file', fileName: `${name}.zip`, type: 'application/zip', bytes: build(version) };
    const headers = { ...XSRF, ...JSON_ACCEPT, ...APP_KEY };
    const answer = await facade.send({ path: `${UPLOADER}?purpose=import`, headers, form });
    expect(answer.status, answer.text).toBe(200);
  }
}

/** HTTPBuilder: user and password stand in the address, so they come as Basic. */
async function gradle(facade: Facade, { name, build }: Subject): Promise<void> {
  const form = { part: 'file', fileName: `${name}.zip`, type: OCTETS, bytes: build('1.0.0') };
  const headers = { ...XSRF, ...BASIC, Accept: '*/*' };
  expect(await facade.send({ path: `${UPLOADER}?purpose=import`, headers, form })).toSatisfy(isOk);
}

/** No purpose. Apache's client tells how the part is encoded. */
async function eclipseUploader(facade: Facade, { name, build }: Subject): Promise<void> {
  const form = {
    part: 'file',
    fileName: `${name}.zip`,
    type: OCTETS,
    headers: ['Content-Transfer-Encoding: binary'],
    bytes: build('1.0.0'),
  };
  const answer = await facade.send({ path: UPLOADER, headers: { ...APP_KEY, ...JSON_ACCEPT, ...XSRF }, form });
  expect(answer.status, answer.text).toBe(200);
}

/** Looks whether it is there, removes it by the query and without the token, uploads without a purpose. */
async function powerShell(facade: Facade, { name, build }: Subject): Promise<void> {
  const headers = { ...BASIC, ...JSON_ACCEPT };
  for (const version of ['1.0.0', '1.0.0']) {
    const list = await facade.send({ method: 'GET', path: '/ExtensionPackages', headers });
    if (list.json().rows.some((row) => row['name'] === name)) {
      const path = `${SERVICES}/DeleteExtensionPackage?packageName=${name}`;
      expect(await facade.send({ path, headers: { ...headers, ...JSON_BODY } })).toSatisfy(isOk);
    }
    const form = { part: 'file', fileName: `${name}.zip`, type: OCTETS, bytes: build(version) };
    const answer = await facade.send({ path: UPLOADER, headers: { ...headers, ...XSRF }, form });
    expect(answer).toSatisfy(isOk);
    expect(statuses(answer).install).toEqual([0]);
  }
}

/** curl -F File=@…: another name of the part. It looks at nothing, and restarts the server. */
async function antCurl(facade: Facade, { name, build }: Subject): Promise<void> {
  const form = { part: 'File', fileName: `${name}.zip`, type: OCTETS, bytes: build('1.0.0') };
  await facade.send({ path: `${UPLOADER}?purpose=import`, headers: { ...XSRF, ...APP_KEY, Accept: '*/*' }, form });
}

/** More parameters, which belong to another import; the part has a type of its own; 406 is a warning with a look into the log. */
async function parler(facade: Facade, { name, build }: Subject): Promise<void> {
  const flags =
    'purpose=import&validate=false&usedefaultdataprovider=false&withsubsystems=false&includeDependents=false&overwritePropertyValues=true';
  const upload = (version: string) =>
    facade.send({
      path: `${UPLOADER}?${flags}`,
      headers: { ...APP_KEY, ...XSRF, Accept: '*/*' },
      form: { part: 'file', fileName: `${name}.zip`, type: 'application/x-zip-compressed', bytes: build(version) },
    });
  const started = Date.now();
  expect(await upload('1.1.0')).toSatisfy(isOk);
  const again = await upload('1.1.0');
  expect(again).toSatisfy(isOk);
  expect(reported(again).install).toEqual([
    [2, expect.stringMatching(/skipped because it is already installed$/) as string],
  ]);
  const lower = await upload('1.0.0');
  expect(lower.status, lower.text).toBe(406);
  expect(reported(lower)).toEqual({
    validate: [[1, expect.stringContaining(`A newer version of ${name} is already installed`) as string]],
  });
  const log = await facade.send({
    path: '/Logs/ApplicationLog/Services/QueryLogEntries',
    headers: { ...JSON_BODY, ...JSON_ACCEPT, ...APP_KEY },
    body: JSON.stringify({
      startDate: new Date(started - 5_000).toISOString(),
      endDate: new Date(Date.now() + 5_000).toISOString(),
      fromLogLevel: 'WARN',
      toLogLevel: 'ERROR',
      maxItems: 200,
      oldestFirst: true,
      isRegex: true,
      searchExpression: '.*.*',
      instance: '',
      origin: '',
      thread: '',
      user: '',
    }),
  });
  const lines = log.json().rows.map(({ level, origin, content }) => [level, origin, content]);
  expect(lines).toContainEqual([
    'ERROR',
    'c.t.webservices.ExtensionPackageUploader',
    expect.stringContaining(`A newer version of ${name} is already installed`),
  ]);
}

/** Validates first and wants a 0 there; then reads the version back; removes only what nothing uses. */
async function twaco(facade: Facade, { name, build }: Subject): Promise<void> {
  const headers = { Accept: '*/*', ...BASIC, ...XSRF, 'X-Requested-With': 'XMLHttpRequest' };
  const call = async (service: string, body: object) =>
    facade.send({ path: `${SERVICES}/${service}`, headers: { ...headers, ...JSON_BODY }, body: JSON.stringify(body) });
  for (const version of ['1.0.0', '1.1.0', '1.1.0']) {
    for (const validate of [true, false]) {
      const form = { part: 'file', fileName: `${name}.zip`, type: OCTETS, bytes: build(version) };
      const answer = await facade.send({ path: `${UPLOADER}?purpose=import&validate=${validate}`, headers, form });
      expect(answer.status, answer.text).toBe(200);
      expect(statuses(answer).validate).toEqual([0]);
      expect(statuses(answer).install === undefined).toBe(validate);
    }
    expect(await facade.installed()).toMatchObject({ [name]: version });
  }
  expect((await call('GetExtensionPackageDetails', { packageName: name })).json().rows).toHaveLength(3);
  expect((await call('GetExtensionsInUse', { packageName: name })).json().rows).toEqual([]);
  expect(await call('DeleteExtensionPackage', { packageName: name })).toSatisfy(isOk);
  expect(await facade.installed()).not.toHaveProperty([name]);
  await facade.upload(build('1.1.0'));
}

/** On the server itself: reads the first row's validation and the second row's installation. */
async function platformExporter(facade: Facade, { name, build }: Subject): Promise<void> {
  for (const validate of ['true', 'false']) {
    const form = { part: 'file', fileName: `${name}.zip`, type: 'application/x-zip-compressed', bytes: build('1.0.0') };
    const headers = { ...APP_KEY, ...XSRF };
    const answer = await facade.send({ path: `${UPLOADER}?purpose=import&validate=${validate}`, headers, form });
    const { rows } = answer.json<{ rows: Record<string, { rows: { extensionReportStatus: number }[] }>[] }>();
    expect(rows[0]?.['validate']?.rows[0]?.extensionReportStatus).toBe(0);
    expect(rows[1]?.['install']?.rows[0]?.extensionReportStatus).toBe(validate === 'true' ? undefined : 0);
  }
}

/** The key in the query, behind an empty parameter; the token with the upload only. */
async function shellScript(facade: Facade, { name, build }: Subject): Promise<void> {
  for (const version of ['1.0.0', '1.0.0']) {
    await facade.send({
      path: `${SERVICES}/DeleteExtensionPackage?&appKey=${KEY}`,
      headers: { ...JSON_BODY, ...JSON_ACCEPT },
      body: `{"packageName":"${name}"}`,
    });
    expect(await facade.installed()).not.toHaveProperty([name]);
    const form = { part: 'file', fileName: `${name}.zip`, type: OCTETS, bytes: build(version) };
    const path = `${UPLOADER}?purpose=import&appKey=${KEY}`;
    expect(await facade.send({ path, headers: { ...XSRF, Accept: '*/*' }, form })).toSatisfy(isOk);
  }
}

/** Polls health; 406, or "already installed" in the answer, makes it try `upgrade`; then polls for a thing of the package. */
async function dockerInstaller(facade: Facade, { name, build }: Subject): Promise<void> {
  const login = { ...XSRF, 'X-Requested-By': 'ThingWorx', ...JSON_ACCEPT, ...BASIC };
  for (const version of ['1.0.0', '1.0.0']) {
    expect((await facade.send({ method: 'GET', path: '/health' })).status).toBe(200);
    let installed = false;
    for (const purpose of ['import', 'upgrade']) {
      const form = { part: 'file', fileName: `${name}.zip`, type: OCTETS, bytes: build(version) };
      const answer = await facade.send({ path: `${UPLOADER}?purpose=${purpose}`, headers: login, form });
      if (purpose === 'import' && (answer.status === 406 || answer.text.includes('already installed'))) continue;
      installed = answer.status === 200 || answer.status === 201;
      if (installed) break;
    }
    expect(installed).toBe(true);
    expect(await facade.send({ method: 'GET', path: `/Things/${name}.thing`, headers: login })).toSatisfy(isOk);
  }
}

/** No token, `File`; 200 or 201, then a thing with 200 or 401. */
async function javaTest(facade: Facade, { name, build }: Subject): Promise<void> {
  const form = { part: 'File', fileName: `${name}.zip`, type: OCTETS, bytes: build('1.0.0') };
  const headers = { ...APP_KEY, ...JSON_ACCEPT };
  const answer = await facade.send({ path: `${UPLOADER}?purpose=import`, headers, form });
  expect([200, 201], answer.text).toContain(answer.status);
  const thing = await facade.send({ method: 'GET', path: `/Things/${name}.thing`, headers });
  expect([200, 401]).toContain(thing.status);
}

/** Another name of the part; compares the statuses of the rows. */
async function curlUpload(facade: Facade, { name, build }: Subject): Promise<void> {
  for (const query of ['?purpose=import&validate=true', '?purpose=import']) {
    const form = { part: 'upload', fileName: `${name}.zip`, bytes: build('1.0.0') };
    const answer = await facade.send({ path: UPLOADER + query, headers: { ...BASIC, ...XSRF, Accept: '*/*' }, form });
    expect(statuses(answer).validate).toEqual([0]);
  }
}

/** Waits until the cluster is ready, imports, and compares name and version with what is installed then. */
async function operator(facade: Facade, { name, build }: Subject): Promise<void> {
  expect((await facade.send({ method: 'GET', path: '/ready' })).status).toBe(200);
  const path = '/Subsystems/ClusteringSubsystem/Services/GetClusterStatus';
  const cluster = await facade.send({ path, headers: { ...APP_KEY, ...JSON_BODY } });
  expect(cluster.json<{ nodes: unknown[] }>().nodes).toEqual([]);
  expect((await facade.upload(build('1.0'))).status).toBe(200);
  expect(await facade.installed()).toMatchObject({ [name]: '1.0.0' });
}

export const clients: readonly Client[] = [
  { name: 'ThingCLI with an app key', run: (to, subject) => thingCli(to, subject, APP_KEY), leaves: '1.1.0' },
  { name: 'ThingCLI with a password', run: (to, subject) => thingCli(to, subject, BASIC), leaves: '1.1.0' },
  { name: 'the gulp and webpack templates', run: gulpTemplate, leaves: '1.0.1' },
  { name: 'Gradle with HTTPBuilder', run: gradle, leaves: '1.0.0' },
  { name: 'the uploader of Eclipse', run: eclipseUploader, leaves: '1.0.0' },
  { name: 'extension.ps1', run: powerShell, leaves: '1.0.0' },
  { name: 'Ant with curl', run: antCurl, leaves: '1.0.0' },
  { name: 'parler', run: parler, leaves: '1.1.0' },
  { name: 'twaco', run: twaco, leaves: '1.1.0' },
  { name: 'the exporter of PTC Labs', run: platformExporter, leaves: '1.0.0' },
  { name: 'a shell script with the key in the query', run: shellScript, leaves: '1.0.0' },
  { name: 'the installer of a compose stack', run: dockerInstaller, leaves: '1.0.0' },
  { name: 'a Java test without the token', run: javaTest, leaves: '1.0.0' },
  { name: 'curl with the part upload', run: curlUpload, leaves: '1.0.0' },
  { name: 'a Kubernetes operator', run: operator, leaves: '1.0.0' },
];

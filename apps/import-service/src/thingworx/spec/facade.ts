import type { UploadRow } from '../answer/upload-report.js';
import { buildForm, type FormFile } from './form.js';

export const KEY = '4c5b1f3e-90aa-4c7e-8f0e-7d2a7c6d3f11';
export const USER = 'pipeline';
export const XSRF = { 'X-XSRF-TOKEN': 'TWX-XSRF-TOKEN-VALUE' };
export const BASIC = { Authorization: `Basic ${Buffer.from(`${USER}:${KEY}`).toString('base64')}` };
export const APP_KEY = { appKey: KEY };
export const JSON_BODY = { 'Content-Type': 'application/json' };
export const SERVICES = '/Subsystems/PlatformSubsystem/Services';

/** A request as a client sends it: nothing is added but what every HTTP client adds. */
export interface Sent {
  readonly method?: string;
  /** Below `/Thingworx`, with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: FormFile;
  readonly fields?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The body as JSON; throws where it is none. */
  json<T = { rows: Record<string, unknown>[] }>(): T;
}

/** What clients read of an upload's answer, as they read it. */
export interface Reported {
  readonly validate: readonly [status: number, message: string][];
  /** Absent where the answer has none. */
  readonly install?: readonly [status: number, message: string][];
}

/** One server's `/Thingworx`. */
export class Facade {
  constructor(private readonly url: string) {}

  async send({ method, path, headers = {}, form, fields, body }: Sent): Promise<Answered> {
    const built = form && buildForm(form, fields);
    const answer = await fetch(`${this.url}/Thingworx${path}`, {
      method: method ?? 'POST',
      headers: { ...headers, ...(built && { 'Content-Type': built.contentType }) },
      ...(built ? { body: new Uint8Array(built.body) } : body !== undefined && { body }),
    });
    const text = await answer.text();
    return { status: answer.status, text, headers: answer.headers, json: <T>() => JSON.parse(text) as T };
  }

  /** The upload of a client that does everything right. */
  upload(bytes: Buffer, query = '?purpose=import', headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const form = { part: 'file', fileName: 'package.zip', type: 'application/octet-stream', bytes };
    return this.send({
      path: `/ExtensionPackageUploader${query}`,
      headers: { ...APP_KEY, ...XSRF, Accept: 'application/json', ...headers },
      form,
    });
  }

  service(name: string, input?: object): Promise<Answered> {
    const headers = { ...APP_KEY, ...XSRF, ...JSON_BODY };
    return this.send({ path: `${SERVICES}/${name}`, headers, ...(input && { body: JSON.stringify(input) }) });
  }

  /** Name to version of what is installed. */
  async installed(): Promise<Record<string, string>> {
    const { rows } = (await this.service('GetExtensionPackageList', {})).json<{
      rows: { name: string; packageVersion: string }[];
    }>();
    return Object.fromEntries(rows.map(({ name, packageVersion }) => [name, packageVersion]));
  }
}

/** ThingCLI's way: the rows of all tables of one kind, one behind the other. */
export function reported(answer: Answered): Reported {
  const { rows } = answer.json<{ rows: UploadRow[] }>();
  const read = (kind: 'validate' | 'install') =>
    rows
      .flatMap((row) => row[kind]?.rows ?? [])
      .map((row): [number, string] => [row.extensionReportStatus, row.reportMessage]);
  const install = rows.some((row) => row.install !== undefined) ? { install: read('install') } : {};
  return { validate: read('validate'), ...install };
}

/** Of the same only the statuses. */
export function statuses(answer: Answered): { readonly validate: number[]; readonly install?: number[] } {
  const { validate, install } = reported(answer);
  return {
    validate: validate.map(([status]) => status),
    ...(install && { install: install.map(([status]) => status) }),
  };
}

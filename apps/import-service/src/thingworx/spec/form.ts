/** One file part, exactly as a client writes it. */
export interface FormFile {
  readonly part: string;
  readonly fileName: string;
  /** Absent: the client sends no type of the part. */
  readonly type?: string;
  /** More header lines of the part. */
  readonly headers?: readonly string[];
  readonly bytes: Buffer;
}

export interface Form {
  readonly contentType: string;
  readonly body: Buffer;
}

/** A form with one file, behind fields where there are any. */
export function buildForm(file: FormFile, fields: Readonly<Record<string, string>> = {}): Form {
  const boundary = '----WebKitFormBoundary7MA4YWxkTrZu0gW';
  const lines = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${file.part}"; filename="${file.fileName}"`,
    ...(file.type === undefined ? [] : [`Content-Type: ${file.type}`]),
    ...(file.headers ?? []),
    '\r\n',
  ].join('\r\n');
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(lines.join('') + head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

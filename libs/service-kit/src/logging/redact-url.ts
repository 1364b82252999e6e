/** Parameters of a query whose values are secrets, in lower case. */
const SECRET_PARAMETERS = new Set(['appkey', 'access_token', 'token', 'password']);

/** The address as it may be logged: some clients can send their key in the query only. */
export function redactUrl(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return url;
  const parameters = url
    .slice(start + 1)
    .split('&')
    .map((parameter) => {
      const [name = ''] = parameter.split('=', 1);
      return SECRET_PARAMETERS.has(decode(name).toLowerCase()) ? `${name}=[secret]` : parameter;
    });
  return `${url.slice(0, start)}?${parameters.join('&')}`;
}

/** As whoever reads the query decodes it: a name that is written in another way is the same name. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).trim();
  } catch {
    return name;
  }
}

/** A version as the platform prints it: `2.2` is `2.2.0`. A fourth part stays. */
export function platformVersion(version: string): string {
  const parts = version.split('.').map((part) => String(Number(part)));
  while (parts.length < 3) parts.push('0');
  return parts.join('.');
}

import type { ReportedExtension } from '@muster/contracts';
import type { DescribedExtension } from './describe-extensions.js';

/** Remembers when each extension came into the state, and the version, that it is in. */
export class Since {
  private known = new Map<string, { readonly key: string; readonly since: string }>();

  stamp(extensions: readonly DescribedExtension[], now: Date): ReportedExtension[] {
    const before = this.known;
    this.known = new Map();
    return extensions.map((extension) => {
      const key = `${extension.state} ${extension.sha256 ?? ''} ${extension.wantedSha256 ?? ''}`;
      const known = before.get(extension.name);
      const since = known?.key === key ? known.since : now.toISOString();
      this.known.set(extension.name, { key, since });
      return { ...extension, since };
    });
  }
}

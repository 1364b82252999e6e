import type { Problem } from '@muster/contracts';

export interface RestAnswer {
  readonly status: number;
  readonly value: unknown;
}

export function ok(value: unknown, status = 200): RestAnswer {
  return { status, value };
}

export function found(value: unknown, code: string, detail: string): RestAnswer {
  return value === undefined ? refused(404, code, detail) : ok(value);
}

export function refused(status: number, code: string, detail: string, more: Partial<Problem> = {}): RestAnswer {
  return {
    status,
    value: {
      type: 'about:blank',
      title: code,
      status,
      code,
      detail,
      ...more,
    } satisfies Problem,
  };
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** One request; a JSON answer is read as such. */
export async function request<T>(url: string, init: RequestInit = {}): Promise<Answer<T>> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  const body = (answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as T;
  return { status: answer.status, body };
}

/** Rejects when the agent is told to stop, unless what waits has `begun`: a step that has begun ends in its own way. */
export function stopped(signal: AbortSignal, begun: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: begun });
  });
}

import { type LogEntry, logLevel } from 'kafkajs';

/** One line of what the Kafka client says about itself. */
export interface KafkaLogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly text: string;
}

/** Passing states of a fresh or moving broker, which the client shouts about and then tries again. */
const PASSING = /coordinator|loading|leader|rebalanc|UNKNOWN_TOPIC_OR_PARTITION|does not host this topic/i;

/** Takes all that kafkajs would print. What matters of it comes as an error too. */
export function logCreator(onLogLine: ((line: KafkaLogLine) => void) | undefined) {
  return () =>
    (entry: LogEntry): void => {
      if (onLogLine === undefined) return;
      const { message, error } = entry.log as { readonly message: string; readonly error?: unknown };
      const text = `${entry.namespace}: ${message}${typeof error === 'string' ? `: ${error}` : ''}`;
      onLogLine({ level: PASSING.test(text) ? 'debug' : levelOf(entry.level), text });
    };
}

function levelOf(level: logLevel): KafkaLogLine['level'] {
  if (level === logLevel.ERROR) return 'error';
  if (level === logLevel.WARN) return 'warn';
  return level === logLevel.INFO ? 'info' : 'debug';
}

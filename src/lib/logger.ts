import { pino, type DestinationStream, type Logger } from 'pino';
import { logFields } from './log-fields.ts';
import { hideCredentials, safeValue, scrubLine } from './redact.ts';
import { traceOfLine } from './traces.ts';

export type { Logger };

/**
 * Structured log on standard error. A line is a fixed sentence and fields (`code`, ids, counts),
 * never file contents, names that a wildcard matched, or tokens; it also says what it was written for
 * (log-fields.ts) and, with `traces`, in which trace that is. Whatever else gets into it is cleaned before it is written (redact.ts).
 */
export function createLogger(
  role: string,
  options: { level?: string; to?: DestinationStream; traces?: boolean } = {},
): Logger {
  hideCredentials();
  const to = options.to ?? pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: options.level ?? process.env['SALLYPORT_LOG'] ?? 'info',
      base: { role },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      mixin: (line) => {
        const fields = logFields();
        const trace_id = options.traces ? traceOfLine({ ...fields, ...line }) : undefined;
        return trace_id ? { ...fields, trace_id } : fields;
      },
      // A line's own fields win.
      mixinMergeStrategy: (line, mixed) => ({ ...mixed, ...line }),
      serializers: { err: (error: unknown) => safeValue(error), error: (error: unknown) => safeValue(error) },
      formatters: {
        bindings: (bindings) => safeValue(bindings) as Record<string, unknown>,
        log: (line) => safeValue(line) as Record<string, unknown>,
      },
    },
    { write: (line: string) => void to.write(scrubLine(line)) },
  );
}

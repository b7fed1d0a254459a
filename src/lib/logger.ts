import { pino, type Logger, type DestinationStream } from 'pino';

export type { Logger };

/** Paths whose values are secrets wherever they turn up: a log line is read by more people than a key file. */
const SECRET_PATHS = [
  'token',
  'secret',
  'password',
  'authorization',
  'privateKey',
  'key',
  'pem',
  'databaseUrl',
];

/**
 * Structured log on standard error. A line is a fixed sentence and fields (`code`, ids, counts),
 * never file contents, names that a wildcard matched, or tokens.
 */
export function createLogger(role: string, options: { level?: string; to?: DestinationStream } = {}): Logger {
  return pino(
    {
      level: options.level ?? process.env['SALLYPORT_LOG'] ?? 'info',
      base: { role },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: {
        paths: [
          ...SECRET_PATHS,
          ...SECRET_PATHS.map((path) => `*.${path}`),
          'headers',
          '*.headers',
          'err.request',
          'err.response.headers',
          'err.config',
        ],
        censor: '[redacted]',
      },
    },
    options.to ?? pino.destination({ dest: 2, sync: true }),
  );
}

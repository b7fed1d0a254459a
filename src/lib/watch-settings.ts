/** The setting `watch` of every role: where it tells how it is. Without it nothing more listens. */
import { z } from 'zod';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
export const isLoopback = (host: string): boolean => LOOPBACK.includes(host);
const file = z.string().min(1);

export const watchSetting = z
  .strictObject({
    listen: z.strictObject({
      host: z.string().min(1).max(255).default('127.0.0.1'),
      port: z.int().min(0).max(65_535),
    }),
    /** Holds what `Authorization: Bearer` has to say, 16 characters at least. */
    token_file: file.optional(),
    tls: z.strictObject({ cert_file: file, key_file: file }).optional(),
  })
  .refine(({ listen, tls, token_file }) => isLoopback(listen.host) || (tls && token_file), {
    path: ['listen', 'host'],
    error:
      'beyond this machine (127.0.0.1) it tells how it is only over tls and to whoever has the token: give both',
  });
export type WatchSetting = z.infer<typeof watchSetting>;

/** Paths in it made absolute. */
export function watchAt(
  watch: WatchSetting | undefined,
  at: (given: string) => string,
): { watch?: WatchSetting } {
  if (!watch) return {};
  const { listen, token_file, tls } = watch;
  return {
    watch: {
      listen,
      ...(token_file && { token_file: at(token_file) }),
      ...(tls && { tls: { cert_file: at(tls.cert_file), key_file: at(tls.key_file) } }),
    },
  };
}

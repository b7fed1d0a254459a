/** `images` in proxy.yml: what its operator decides about the registry. Which one, and which images, says governance. */
import { z } from 'zod';
import { file, host, upstreamSettings } from '../upstream-settings.ts';

const MIB = 1024 ** 2;
const LEAST = 64 * MIB;
const USER = 'write the name of the user at the registry, 200 characters at most';

export const imageSettings = z
  .strictObject({
    ...upstreamSettings,
    /** Where a registry may have its tokens made, beside itself. */
    token_hosts: z.array(host).max(20).default([]),
    /** For a registry that does not serve everybody. Sent to this host, and where its tokens are made. */
    credentials: z
      .strictObject({
        host,
        user: z.string().min(1, USER).max(200, USER),
        password_file: file,
      })
      .optional(),
    cache: z
      .strictObject({
        dir: file,
        bytes: z
          .int()
          .min(LEAST, `write ${LEAST} (64 MiB) or more, in bytes; less would not hold one image`)
          .default(20 * 1024 * MIB),
      })
      .optional(),
  })
  .prefault({});
export type ImageSettings = z.infer<typeof imageSettings>;

/** Paths in the file are relative to it. */
export function imagePaths(settings: ImageSettings, at: (given: string) => string): ImageSettings {
  const { ca_file: ca, credentials, cache } = settings;
  return {
    ...settings,
    ca_file: ca === undefined ? undefined : at(ca),
    credentials: credentials && { ...credentials, password_file: at(credentials.password_file) },
    cache: cache && { ...cache, dir: at(cache.dir) },
  };
}

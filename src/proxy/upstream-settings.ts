/** What proxy.yml says alike of registry and archives: how hosts are written, whose certificate is believed, who may stand inside. */
import { z } from 'zod';

export const file = z.string().min(1, 'name a file');
export const HOST = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9]\d{0,4})?$/;
export const host = z.string().regex(HOST, 'write a host name in lower case, with :port where it is not 443');

export const upstreamSettings = {
  /** Authority of one with a certificate of your own; the public ones hold too. */
  ca_file: file.optional(),
  /** Whose address may be a private one: a registry or a mirror in your own network. */
  private_hosts: z
    .array(z.string().regex(/^[a-z0-9](?:[a-z0-9.:-]{0,251}[a-z0-9])?$/, 'write a host name, or an address'))
    .max(20)
    .default([]),
};

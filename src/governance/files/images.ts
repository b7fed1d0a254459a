/** `images.yml`: what may run, by digest. */
import { z } from 'zod';
import type { Image } from '../types.ts';
import { day, sha256Digest, slug } from '../values.ts';

export const imageEntry: z.ZodType<Image> = z
  .strictObject({
    name: slug,
    version: z.string().regex(/^v[0-9][0-9A-Za-z.-]{0,40}$/, 'a version like v2'),
    image: z
      .string()
      .max(200, 'at most 200 characters')
      .regex(/^[a-z0-9]+(?:[._/:-]+[a-z0-9]+)*$/, 'an image name without tag or digest'),
    digest: sha256Digest.optional(),
    image_id: sha256Digest.optional(),
    database: z.boolean().default(false),
    exit_codes: z.enum(['hidden', 'trusted']).default('hidden'),
    retire_on: day.nullable().default(null),
    replaced_by: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]{0,99}:v[0-9][0-9A-Za-z.-]{0,40}$/,
        'an image and its version, like python:v3',
      )
      .optional(),
  })
  .refine((i) => (i.digest === undefined) !== (i.image_id === undefined), {
    error: 'given alone, without an image_id',
    path: ['digest'],
  })
  .transform((i) => ({
    name: i.name,
    version: i.version,
    image: i.image,
    digest: i.digest,
    imageId: i.image_id,
    database: i.database,
    exitCodes: i.exit_codes,
    retireOn: i.retire_on,
    ...(i.replaced_by !== undefined && { replacedBy: i.replaced_by }),
  }));

/** What of a deployment the skeleton of a study needs to know: public, and the same from governance and from its hub's page. */
import { z } from 'zod';
import { parseOrigin } from '../lib/origin.ts';

/** Everything here ends in files of a study: nothing is let in that could mean something there. */
const HOST = /^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::[0-9]{1,5})?$/;
const NAME = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;

const allowedImage = z.object({
  name: z.string().max(80).regex(NAME),
  version: z
    .string()
    .max(80)
    .regex(/^[0-9A-Za-z][0-9A-Za-z._-]*$/),
  /** Without registry, tag and digest. */
  image: z
    .string()
    .max(200)
    .regex(/^[a-z0-9]+(?:[._/:-]+[a-z0-9]+)*$/),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional(),
  database: z.boolean(),
  /** From this day on it no longer runs. */
  retire_on: z.iso.date().optional(),
  /** What takes its place: `python:v3`. */
  replaced_by: z
    .string()
    .max(160)
    .regex(/^[a-z0-9][a-z0-9-]*:v[0-9A-Za-z.-]+$/)
    .optional(),
});

/** `/deployment.json` of a hub. */
export const DeploymentFacts = z.object({
  id: z.string().max(80).regex(NAME),
  address: z
    .string()
    .max(300)
    .refine((text) => parseOrigin(text) === text),
  /** Host of the registry that images come from. */
  registry: z.string().regex(HOST).optional(),
  /** Those in use today; the first that fits is what a new study begins with. */
  images: z.array(allowedImage).max(1000),
  /** Those that no longer run. */
  retired: z.array(allowedImage).max(1000).optional(),
  /** So many days before its last one an image is warned of. */
  warn_days: z.int().min(1).max(730).optional(),
});
export type DeploymentFacts = z.infer<typeof DeploymentFacts>;

/** Where `sallyport run` finds `name:version` by its name alone; undefined where that would be another image. */
export function imagesPlace(
  { registry }: DeploymentFacts,
  image: DeploymentFacts['images'][number],
): string | undefined {
  if (registry === undefined || !image.image.endsWith(`/${image.name}`)) return undefined;
  return `${registry}/${image.image.slice(0, -image.name.length - 1)}`;
}

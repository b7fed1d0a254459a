/** `orgs.yml`: the organisations that people and projects belong to. */
import { z } from 'zod';
import { address, slug, text } from '../values.ts';

export interface Organisation {
  id: string;
  name: string;
  /** Address of a picture. */
  logo?: string;
  /** What its people are called on pages, like "Riverside members". */
  membersLabel?: string;
}

export const organisationEntry: z.ZodType<Organisation> = z
  .strictObject({ id: slug, name: text, logo: address.optional(), members_label: text.optional() })
  .transform(({ members_label, ...org }) => ({
    ...org,
    ...(members_label === undefined ? {} : { membersLabel: members_label }),
  }));

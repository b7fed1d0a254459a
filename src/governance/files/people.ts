/** `people.yml`: who is registered, trained and granted which backend. */
import { z } from 'zod';
import type { Person } from '../types.ts';
import { day, githubId, grant, login, names, slug, text } from '../values.ts';

export const personEntry: z.ZodType<Person> = z
  .strictObject({
    id: githubId,
    login,
    name: text,
    orgs: names,
    training: z.strictObject({ course: text, passed: day, expires: day }).optional(),
    agreement: z.strictObject({ ref: text, expires: day }).optional(),
    backends: z.array(z.strictObject({ id: slug, ...grant })).default([]),
    commit_emails: z.array(z.email('an e-mail address')).default([]),
    until: day,
  })
  .transform(({ commit_emails, ...person }) => ({ ...person, commitEmails: commit_emails }));

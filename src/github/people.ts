/**
 * Is the person who acts still welcome in this repository, by GitHub, now?
 *
 * Asked live before every effect beyond the eyes. Anything but a clear yes is no: labels, associations
 * and logins in a payload prove nothing, so ids are compared in the answer.
 */
import type { Refusal } from '../lib/refusal.ts';
import type { RepoClient } from './repo.ts';
import { troubleOf } from './trouble.ts';
import * as words from './words.ts';

export interface Actor {
  id: number;
  login: string;
}

/** Whether the person still belongs to the organisation: for what governance decides alone. */
export async function mayTakePart(client: RepoClient, actor: Actor): Promise<Refusal | undefined> {
  return asked(async () => ((await isMember(client, actor)) ? undefined : words.notAMember()));
}

/** Undefined: yes. Lost connections, limits and 5xx are thrown, to be tried again; every other trouble is no. */
export async function mayActHere(client: RepoClient, actor: Actor): Promise<Refusal | undefined> {
  return asked(async () => {
    if (!(await isMember(client, actor))) return words.notAMember();
    return (await client.mayWrite(actor)) ? undefined : words.noWriteAccess();
  });
}

async function isMember(client: RepoClient, actor: Actor): Promise<boolean> {
  const membership = await client.membership(client.repo.owner, actor.login);
  return membership?.id === actor.id && membership.active;
}

async function asked(question: () => Promise<Refusal | undefined>): Promise<Refusal | undefined> {
  try {
    return await question();
  } catch (error) {
    const { kind } = troubleOf(error, 0);
    if (kind !== 'gone' && kind !== 'refused') throw error;
    return words.accessUnknown();
  }
}

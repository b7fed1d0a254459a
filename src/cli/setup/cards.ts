/**
 * Cards: what one host has to know of another, in a small file without a secret that people carry there.
 *
 * Hosts cannot ask each other while they are set up, and the zone's never can. Each role writes its own card into
 * `cards/` beside its settings; cards of others are put there by hand. Only public lines, numbers and addresses.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { isSha } from '../../lib/git.ts';
import { parsePublicKey } from '../../lib/keys.ts';
import { parseOrigin } from '../../lib/origin.ts';
import { isRefusal, Refused } from '../../lib/refusal.ts';
import { certificatesIn } from './certificate.ts';
import { no } from './words.ts';

const origin = z.string().refine((text) => !isRefusal(parseOrigin(text)), 'an address of a host');
const key = z.string().refine((text) => !isRefusal(parsePublicKey(text)), 'a public line, ed25519:…');
const name = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/);
const certificates = z
  .string()
  .max(50_000)
  .refine((text) => certificatesIn(text).length > 0, 'certificates, PEM');
const app = z.strictObject({ id: z.int().positive(), slug: name, client_id: name });
const member = z.strictObject({ id: name, key });

const Card = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('hub'),
    github: origin,
    organisation: name,
    origin,
    key,
    app,
    log_key: z.string().max(300),
  }),
  z.strictObject({ role: z.literal('steward'), key, app }),
  z.strictObject({
    role: z.literal('proxy'),
    origin,
    /** Whoever has no certificate of it gets no answer there. */
    client_ca: certificates.optional(),
    /** It lets images of actions through. */
    images: z.boolean().default(false),
  }),
  z.strictObject({
    role: z.literal('zone'),
    backend: name,
    data: z.enum(['real', 'dummy']),
    datasets: z.array(name),
    agent: member,
    airlock: member.extend({ viewer: origin }).optional(),
  }),
  z.strictObject({
    role: z.literal('governance'),
    github: origin,
    repository: z.int().positive(),
    owner: name,
    name,
    branch: z.string().min(1).max(200),
    commit: z.string().refine(isSha, 'a whole commit'),
  }),
]);
export type Card = z.infer<typeof Card>;
export type CardOf<R extends Card['role']> = Extract<Card, { role: R }>;

export interface Cards {
  hub?: CardOf<'hub'>;
  steward?: CardOf<'steward'>;
  proxy?: CardOf<'proxy'>;
  governance?: CardOf<'governance'>;
  zones: CardOf<'zone'>[];
}

export const cardsIn = (dir: string): string => path.join(dir, 'cards');
export const cardFile = (dir: string, card: Card): string =>
  path.join(cardsIn(dir), `${card.role === 'zone' ? `zone-${card.backend}` : card.role}.yml`);
export const cardText = (card: Card): string =>
  `# What other hosts have to know of this one. No secret stands here: copy it to their folder cards/.\n${stringify(card)}`;

/** Every card that lies there. Throws Refused `setup.card` for what is none: a wrong key is worse than no key. */
export function readCards(dir: string): Cards {
  const folder = cardsIn(dir);
  const cards: Cards = { zones: [] };
  if (!existsSync(folder)) return cards;
  for (const each of namesIn(folder)) {
    const card = readCard(path.join(folder, each));
    if (card.role === 'zone') cards.zones.push(card);
    else Object.assign(cards, { [card.role]: card });
  }
  return cards;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((one) => one.endsWith('.yml'))
      .sort();
  } catch (error) {
    throw new Refused(no.cardFolder(folder), { cause: error });
  }
}

function readCard(file: string): Card {
  try {
    return Card.parse(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const faults =
      error instanceof z.ZodError
        ? error.issues.map(({ path: at, message }) => `${at.join('.') || 'role'}: ${message}`).join('; ')
        : (error as NodeJS.ErrnoException).syscall
          ? 'it cannot be read'
          : 'it is no YAML';
    throw new Refused(no.card(file, faults), { cause: error });
  }
}

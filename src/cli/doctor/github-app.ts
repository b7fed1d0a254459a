/** What GitHub says of an App: whether it knows it, where it is installed, and what it was given there. */
import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { githubPlaces } from '../../lib/origin.ts';
import type { AppSeen, Reached } from './host.ts';
import { reach } from './probes.ts';

export interface AppGiven {
  origin: string;
  id: number;
  /** PEM. */
  privateKey: string;
  manifest: 'app.yml' | 'steward.yml';
  /** Where the manifest is. */
  root: string;
  caFile?: string | undefined;
  now: number;
}

const LEVELS = ['read', 'write', 'admin'];

export async function seeApp(given: AppGiven): Promise<AppSeen> {
  const nothing: AppSeen = { missing: [], more: [], installed: false };
  const asked = await asApp(given, '/app/installations');
  if (asked.status !== 200) return { ...nothing, error: asked.error ?? `it answers ${asked.status}` };
  const installations = JSON.parse(asked.text ?? '[]') as { permissions: Record<string, string> }[];
  const { default_permissions: wanted = {} } = parse(
    readFileSync(path.join(given.root, given.manifest), 'utf8'),
  ) as {
    default_permissions?: Record<string, string>;
  };
  const below = (has: string | undefined, level: string): boolean =>
    LEVELS.indexOf(has ?? '') < LEVELS.indexOf(level);
  const each = installations.map(({ permissions }) => ({
    missing: Object.entries(wanted).filter(([name, level]) => below(permissions[name], level)),
    more: Object.entries(permissions).filter(
      ([name, level]) => below(wanted[name], level) && name !== 'metadata',
    ),
  }));
  const listed = (all: [string, string][][]): string[] => [
    ...new Set(all.flat().map(([name, level]) => `${name}: ${level}`)),
  ];
  return {
    installed: installations.length > 0,
    missing: listed(each.map((one) => one.missing)),
    more: listed(each.map((one) => one.more)),
    ...(given.manifest === 'app.yml' ? { deliveries: await lately(given) } : {}),
  };
}

async function lately(given: AppGiven): Promise<{ tried: number; failed: number }> {
  const asked = await asApp(given, '/app/hook/deliveries?per_page=20');
  if (asked.status !== 200) return { tried: 0, failed: 0 };
  const all = JSON.parse(asked.text ?? '[]') as { status_code: number }[];
  return {
    tried: all.length,
    failed: all.filter(({ status_code: code }) => code < 200 || code > 299).length,
  };
}

/** Whether the App reads this repository, and whether its number is the one that the settings name. */
export async function readsRepository(
  given: AppGiven,
  repository: { id: number; owner: string; name: string },
): Promise<Reached> {
  const place = `/repos/${repository.owner}/${repository.name}`;
  const at = `${repository.owner}/${repository.name}`;
  const asked = await asApp(given, `${place}/installation`);
  if (asked.error !== undefined) return { at, error: asked.error };
  if (asked.status !== 200)
    return { at, error: 'the App is not installed on it, or there is none of this name' };
  const { id } = JSON.parse(asked.text ?? '{}') as { id: number };
  const minted = await asApp(given, `/app/installations/${id}/access_tokens`, {
    repository_ids: [repository.id],
    permissions: { contents: 'read' },
  });
  if (minted.status === 422) return { at, error: `its number is not ${repository.id}` };
  return { at, status: minted.status === 201 ? 200 : (minted.status ?? 0) };
}

async function asApp(given: AppGiven, place: string, body?: unknown): Promise<Reached> {
  const { api } = githubPlaces(given.origin);
  const at = Math.floor(given.now / 1000) - 30;
  const jwt = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(String(given.id))
    .setIssuedAt(at)
    .setExpirationTime(at + 300)
    .sign(createPrivateKey(given.privateKey));
  return reach(`${api}${place}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${jwt}`, accept: 'application/vnd.github+json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    caFile: given.caFile,
    ms: 15_000,
  });
}

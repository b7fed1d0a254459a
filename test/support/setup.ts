/** `sallyport setup` as a test runs it: in this process, answers from a file, nobody at the terminal. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { SetupRole } from '../../src/cli/setup/role.ts';
import { setup, type SetupFlags } from '../../src/cli/setup/work.ts';

export const plain = { bold: String, dim: String, red: String };

export interface Ran {
  code: number;
  out: string;
}

/** Throws what it refuses. */
export async function runSetup(
  role: SetupRole,
  dir: string,
  answers: Record<string, unknown> | undefined,
  flags: Partial<SetupFlags> = {},
  now = Date.parse('2026-11-21T09:00:00Z'),
): Promise<Ran> {
  mkdirSync(dir, { recursive: true });
  const config = path.join(path.dirname(dir), `${path.basename(dir)}-${role}.yml`);
  if (answers) writeFileSync(config, stringify(answers));
  let out = '';
  const code = await setup(
    role,
    { dir, yes: true, dryRun: false, replace: [], ...(answers ? { config } : {}), ...flags },
    { out: { write: (text) => (out += text) }, person: undefined, paint: plain, now },
  );
  return { code, out };
}

/** Submits the page that setup wrote, and what GitHub shows then; the address at which the browser ends. */
export async function registerFrom(page: string, login: string, name?: string): Promise<string> {
  const html = existsSync(page) ? readFileSync(page, 'utf8') : page;
  const action = unescaped(/<form method="post" action="([^"]+)"/.exec(html)?.[1] ?? '');
  const manifest = unescaped(/name="manifest" value="([^"]+)"/.exec(html)?.[1] ?? '');
  const asked = await fetch(action, { method: 'POST', body: new URLSearchParams({ manifest }) });
  const shown = await asked.text();
  if (asked.status !== 200) throw new Error(shown.replace(/<[^>]*>/g, ' '));
  const cookie = asked.headers.get('set-cookie')?.split(';')[0] ?? '';
  const field = (id: string): string =>
    unescaped(new RegExp(`name="${id}"[^>]* value="([^"]*)"`).exec(shown)?.[1] ?? '');
  const done = await fetch(new URL(/action="(\/organizations[^"]+)"/.exec(shown)?.[1] ?? '', action), {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams({
      _token: field('_token'),
      manifest: field('manifest'),
      state: field('state'),
      name: name ?? field('name'),
      login,
    }),
  });
  const to = done.headers.get('location');
  if (to === null) throw new Error((await done.text()).replace(/<[^>]*>/g, ' '));
  return to;
}

/** As an owner of the organisation does it on the App's page, whose address this is. */
export async function letIn(page: string, as: { login: string; account: string }): Promise<void> {
  const asked = await fetch(page);
  const shown = await asked.text();
  const cookie = asked.headers.get('set-cookie')?.split(';')[0] ?? '';
  const [, token = ''] = /name="_token"[^>]* value="([^"]*)"/.exec(shown) ?? [];
  const answer = await fetch(page, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams({ _token: token, ...as }),
  });
  if (answer.status >= 400) throw new Error((await answer.text()).replace(/<[^>]*>/g, ' '));
}

const unescaped = (text: string): string =>
  text
    .replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

/** Every file below a folder with its bytes, mode and time: what a second run must leave alone. */
export function everyFile(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(folder, name))
      .filter((file) => statSync(file).isFile())
      .map((file) => [
        file,
        `${statSync(file).mode.toString(8)} ${statSync(file).mtimeMs} ${readFileSync(file, 'latin1')}`,
      ]),
  );
}

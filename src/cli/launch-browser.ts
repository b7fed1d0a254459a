/** Opens an address that holds a key in the person's browser, without the key standing in a list of processes. */
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

type Env = Readonly<Record<string, string | undefined>>;

/** `folder`: a private one that goes when the session ends. False when there is no browser to be found. */
export async function openBrowser(url: string, folder?: string, env: Env = process.env): Promise<boolean> {
  const words = openerOf(process.platform, env);
  if (!words) return false;
  // Browsers are told of a page that only this person can read, and that leads there.
  const file = path.join(folder ?? mkdtempSync(path.join(tmpdir(), 'sallyport-open-')), 'open.html');
  writeFileSync(file, pageTo(url), { mode: 0o600 });
  const [program = '', ...rest] = words;
  const child = spawn(program, [...rest, pathToFileURL(file).href], { detached: true, stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** What opens things here; undefined on a machine without a screen. */
export function openerOf(platform: NodeJS.Platform, env: Env): string[] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['explorer.exe'];
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return undefined;
  return inPath('xdg-open', env) ? ['xdg-open'] : undefined;
}

function inPath(program: string, env: Env): boolean {
  return (env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function pageTo(url: string): string {
  const quoted = url.replace(/&/g, '&amp;').replace(/"/g, '&quot;');
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${quoted}">
<title>Sallyport</title>
<p><a href="${quoted}">Go on to the session</a></p>
`;
}

/** The scripts of public pages as they were built: each under an address that changes with its content. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type ScriptName = 'requests' | 'ledger' | 'builder';

interface Scripts {
  addresses: Record<string, string>;
  texts: ReadonlyMap<string, string>;
}

let held: Scripts | undefined;

export const scriptAddress = (name: ScriptName): string => scripts().addresses[name]!;

/** Of a page that does without: undefined where it was not built. */
export const optionalScript = (name: ScriptName): string | undefined => scripts().addresses[name];

/** Undefined for what is no script of ours. */
export const scriptAt = (address: string): string | undefined => scripts().texts.get(address);

function scripts(): Scripts {
  if (held) return held;
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  const built = path.join(folder, 'dist', 'web', 'site');
  const { scripts: files } = JSON.parse(readFileSync(path.join(built, 'assets.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = Object.entries(files);
  held = {
    addresses: Object.fromEntries(named.map(([name, file]) => [name, `/assets/${file}`])),
    texts: new Map(
      named.map(([, file]) => [`/assets/${file}`, readFileSync(path.join(built, file), 'utf8')]),
    ),
  };
  return held;
}

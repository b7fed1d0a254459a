/** The scripts of public pages as they were built: each under an address that changes with its content. */
import { readFileSync } from 'node:fs';
import { builtPath } from '../ui/built.ts';

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
  const { scripts: files } = JSON.parse(readFileSync(builtPath('site', 'assets.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = Object.entries(files);
  held = {
    addresses: Object.fromEntries(named.map(([name, file]) => [name, `/assets/${file}`])),
    texts: new Map(
      named.map(([, file]) => [`/assets/${file}`, readFileSync(builtPath('site', file), 'utf8')]),
    ),
  };
  return held;
}

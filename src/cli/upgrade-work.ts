/** What `sallyport upgrade` does, or says, by the way the program was installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { refusal, Refused } from '../lib/refusal.ts';
import { installed, WAY_WORDS, type Installed } from './installed.ts';
import { VERSION } from './upgrade-cache.ts';
import { newest, npmCall, releasesOf } from './upgrade-newest.ts';
import type { UpgradeFlags } from './upgrade.ts';
import { version as present } from './version.ts';

interface Out {
  write(text: string): unknown;
}

export async function upgrade(
  asked: string | undefined,
  { dryRun }: UpgradeFlags,
  out: Out,
  mine: Installed = installed(),
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const wanted = asked?.replace(/^v/, '');
  if (wanted !== undefined && !VERSION.test(wanted)) throw new Refused(notVersion(asked!));
  if (mine.way === 'clone') return say(out, clone(mine, wanted));
  const version = wanted ?? (await newest(mine.way, env));
  if (version === undefined) throw new Refused(nobodyKnows(mine, env));
  if (version === present)
    return say(out, `This is ${present}${wanted === undefined ? ', the newest' : ''}.`);
  if (mine.way !== 'global') return say(out, how(mine, version, env));
  // Where this one lies, whatever npm's own prefix is by now.
  const prefix = dirname(dirname(dirname(mine.at)));
  const words = ['install', '--global', '--prefix', prefix, `sallyport@${version}`];
  say(out, `${dryRun ? 'Would run' : 'Running'}: npm ${words.join(' ')}`);
  return dryRun ? 0 : byNpm(words, version, out, env);
}

function say(out: Out, text: string): 0 {
  out.write(`${text}\n`);
  return 0;
}

async function byNpm(
  words: readonly string[],
  version: string,
  out: Out,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { file, words: all, cwd } = npmCall(words);
  const npm = spawn(file, all, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await once(npm, 'close').then(
    ([ended]) => ended as number | null,
    () => null,
  );
  if (code !== 0)
    throw new Refused(
      refusal(
        'upgrade.npm-failed',
        'npm could not do it; its own words stand above.',
        'Mend that, then try again.',
      ),
    );
  return say(out, `sallyport ${version} is installed; this was ${present}.`);
}

function clone({ at }: Installed, wanted: string | undefined): string {
  const git = wanted === undefined ? 'pull --ff-only' : `checkout v${wanted}`;
  return `This is ${WAY_WORDS.clone}. Run: git -C ${at} ${git}\nThe next start builds what has changed.`;
}

function how({ way, at }: Installed, version: string, env: NodeJS.ProcessEnv): string {
  const before = `This is ${present}, by ${WAY_WORDS[way]}.`;
  if (way === 'npx') return `${before} Run: npx sallyport@${version}`;
  if (way === 'project')
    return `${before} Run: npm --prefix ${dirname(dirname(at))} install sallyport@${version}`;
  const page = releasesOf(env)?.page;
  if (way === 'gh') {
    const named = page === undefined ? 'sallyport' : page.replace(/^.*\/([^/]+\/[^/]+)$/, '$1');
    return `${before} Run: gh extension install ${named} --force --pin v${version}`;
  }
  const from = page === undefined ? 'where you had it from' : `${page}/releases/tag/v${version}`;
  return `${before} Take sallyport.mjs of ${version} from ${from}, compare it with SHA256SUMS there, and put it in place of ${at}.`;
}

const notVersion = (text: string) =>
  refusal(
    'upgrade.not-a-version',
    `${JSON.stringify(text)} is no version.`,
    'Write it like 1.4.0, or write none.',
  );

function nobodyKnows({ way }: Installed, env: NodeJS.ProcessEnv) {
  const byFile = way === 'single' || way === 'gh';
  if (byFile && releasesOf(env) === undefined)
    return refusal(
      'upgrade.no-source',
      'Nobody has said where newer versions of this file are.',
      'Set SALLYPORT_RELEASES to the address of the repository you had it from, like https://github.com/o/r.',
    );
  return refusal(
    'upgrade.nobody-knows',
    byFile ? 'The releases could not be read.' : 'npm could not say which version is the newest.',
    byFile
      ? 'Try again later, or name the version.'
      : 'Look at "npm view sallyport version", or name the version.',
  );
}

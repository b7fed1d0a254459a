/** What the host's part of `sallyport images` does, from its flags to an exit code. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { build, relock, type BuildOptions } from '../../agent/images/build/build.ts';
import { load } from '../../agent/images/build/load.ts';
import type { ImageFacts } from '../../agent/images/build/oci.ts';
import { factsIn, push } from '../../agent/images/build/push.ts';
import { placeOf, readPlace, type Written } from '../../agent/images/build/recipes.ts';
import { openRegistry, repositoryAt } from '../../agent/images/build/registry.ts';
import { seenInEngine, seenInFolder, seenInRegistry, type Seen } from '../../agent/images/build/seen.ts';
import { checked, type Expected } from '../../agent/images/build/verify.ts';
import { lockMissing, noRebuild, noGovernance } from '../../agent/images/build/words.ts';
import { laptopEngine } from '../../agent/laptop/engine.ts';
import { isGovernancePath, readGovernance, type Image } from '../governance/governance.ts';
import { systemClock } from '../lib/clock.ts';
import { isRefusal, refusalText, Refused, type Refusal } from '../lib/refusal.ts';
import type { BuildFlags, BuiltFlags, MirrorFlags, PushFlags, VerifyFlags } from './images-host.ts';
import { builtListText, builtText, checksText, enrolment, steps, type Enrolled } from './images-host-show.ts';
import { print } from './print.ts';
import { EXIT_CODES, stopOnSignals } from './stop.ts';

type Built = ImageFacts & { folder: string };

/** One after the other: each takes what the machine has. One that fails does not keep the others. */
export async function buildAll(recipes: readonly string[], flags: BuildFlags): Promise<number> {
  const out = process.stderr;
  return stoppable(async (signal) => {
    const made: (Built | Refusal)[] = [];
    for (const recipe of recipes) {
      const began = systemClock.now();
      const found = await buildOne(recipe, flags, signal);
      made.push(found);
      if (isRefusal(found)) out.write(`✗ ${recipe}: ${refusalText(found)}\n`);
      else if (!flags.json) print(builtText(found, systemClock.now() - began));
    }
    if (flags.json) print(`${JSON.stringify(made, null, 2)}\n`);
    return made.some(isRefusal) ? 1 : 0;
  });
}

async function buildOne(recipe: string, flags: BuildFlags, signal: AbortSignal): Promise<Built | Refusal> {
  const place = placeOf(recipe, flags);
  if (isRefusal(place)) return place;
  const step = steps(process.stderr, place.name, systemClock);
  const options = { ...mirrorsOf(flags), out: path.resolve(flags.out), signal, step };
  let written = readPlace(place);
  if (!isRefusal(written) && flags.relock) {
    const locked = await relock(written, options, systemClock);
    written = isRefusal(locked) ? locked : readPlace(place);
  }
  const made = isRefusal(written) ? written : await buildWritten(written, options);
  if (isRefusal(made) || !flags.load) return made;
  step('loading it into the engine');
  const { engine } = await laptopEngine();
  return (await load(engine, made.folder, made, `sallyport/${made.name}:${made.version}`)) ?? made;
}

async function buildWritten(written: Written, options: BuildOptions): Promise<Built | Refusal> {
  const { lock, lockText } = written;
  return lock && lockText !== undefined
    ? build({ ...written, lock, lockText }, options)
    : lockMissing(written.folder);
}

const mirrorsOf = (
  flags: MirrorFlags & { cache?: string },
): Pick<BuildOptions, keyof MirrorFlags | 'cache'> => ({
  ...(flags.mirror === undefined ? {} : { mirror: flags.mirror }),
  ...(flags.snapshot === undefined ? {} : { snapshot: flags.snapshot }),
  ...(flags.keyring === undefined ? {} : { keyring: flags.keyring }),
  cache: path.resolve(
    flags.cache ??
      path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'sallyport/debian'),
  ),
});

export async function pushAll(names: readonly string[], { to, out, json }: PushFlags): Promise<number> {
  return stoppable(async (signal) => {
    const lines: string[] = [];
    const pushed: object[] = [];
    for (const name of names) {
      const folder = folderOf(name, out);
      const facts = must(factsIn(folder));
      const repository = must(repositoryAt(`${to.replace(/\/+$/, '')}/${facts.name}`));
      const step = steps(process.stderr, facts.name, systemClock);
      const done = must(await push(folder, facts, openRegistry(repository, { signal }), step));
      process.stderr.write(`✓ ${repository.host}/${repository.name}@${done.digest}\n`);
      lines.push(enrolment(facts, repository.name, done.digest));
      pushed.push({ ...done, image: repository.name, name: facts.name, version: facts.version });
    }
    print(json ? `${JSON.stringify(pushed, null, 2)}\n` : `${['# images.yml', ...lines].join('\n')}\n`);
    return 0;
  });
}

/** `python`: the one folder of that name; else a folder itself. */
function folderOf(name: string, out: string): string {
  const built = existsSync(out)
    ? readdirSync(out).filter(
        (each) => each.startsWith(`${name}-`) && existsSync(path.join(out, each, 'image.json')),
      )
    : [];
  return built.length === 1 ? path.join(out, built[0]!) : path.resolve(name);
}

export async function verifyOne(image: string, flags: VerifyFlags): Promise<number> {
  return stoppable(async (signal) => {
    const written = flags.recipe === undefined ? undefined : must(readPlace(must(placeOf(flags.recipe))));
    if (flags.rebuild && !written) throw new Refused(noRebuild());
    const [, asked] = /@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
    const digest = flags.digest ?? asked;
    const expected: Expected = {
      ...(digest === undefined ? {} : { digest }),
      ...(written?.lockText === undefined ? {} : { lockText: written.lockText }),
      ...(flags.rebuild && written ? { rebuilt: await rebuilt(written, flags, signal) } : {}),
    };
    const seen = must(await seenAt(image, flags, signal));
    const checks = checked(seen, expected);
    const wrong = checks.some(({ state }) => state === 'wrong');
    print(
      flags.json
        ? `${JSON.stringify({ image, digest: seen.digest ?? null, id: seen.id, checks }, null, 2)}\n`
        : checksText(image, checks),
    );
    return wrong ? 1 : 0;
  });
}

async function rebuilt(written: Written, flags: VerifyFlags, signal: AbortSignal): Promise<string> {
  const out = mkdtempSync(path.join(tmpdir(), 'sallyport-rebuilt-'));
  try {
    const step = steps(process.stderr, written.name, systemClock);
    return must(await buildWritten(written, { ...mirrorsOf(flags), out, signal, step })).digest;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function seenAt(image: string, { engine }: VerifyFlags, signal: AbortSignal): Promise<Seen | Refusal> {
  if (engine) return seenInEngine((await laptopEngine()).engine, image);
  if (existsSync(image)) return seenInFolder(image);
  const [, place = image, tag, digest] =
    /^(.+?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? [];
  const repository = repositoryAt(place);
  if (isRefusal(repository)) return repository;
  return seenInRegistry(openRegistry(repository, { signal }), digest ?? tag ?? 'v1');
}

export function listBuilt(folder: string, { governance, json }: BuiltFlags): void {
  const entries = governance === undefined ? undefined : enrolledIn(governance);
  const images = (existsSync(folder) ? readdirSync(folder) : [])
    .map((name) => path.join(folder, name))
    .filter((each) => existsSync(path.join(each, 'image.json')))
    .map((each): Enrolled => {
      const facts = { ...must(factsIn(each)), folder: each };
      return {
        facts,
        ...(entries ? { enrolled: entries.find(({ digest }) => digest === facts.digest) ?? null } : {}),
      };
    });
  print(json ? `${JSON.stringify(images, null, 2)}\n` : builtListText(images, folder, systemClock.now()));
}

function enrolledIn(folder: string): readonly Image[] {
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(isGovernancePath)
    : [];
  const texts = new Map(files.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
  const { governance } = readGovernance(texts, '0'.repeat(40));
  if (!governance) throw new Refused(noGovernance(folder));
  return governance.images;
}

function must<T>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Refused(answer);
  return answer;
}

async function stoppable(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stopping = stopOnSignals({
    close: () => undefined,
    say: (text) => void process.stderr.write(`${text}\n`),
  });
  try {
    return await work(stopping.signal);
  } catch (error) {
    const by = stopping.by();
    if (by) return EXIT_CODES[by];
    throw error;
  } finally {
    stopping.leave();
  }
}

/** What `sallyport ci` does: look at the codelists, check the study, run it on dummy data, say and keep what came of it. */
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  faultRefusal,
  laptopResults,
  runOnLaptop,
  WORDS,
  type LaptopEvent,
  type LaptopOptions,
} from '../../agent/laptop.ts';
import { randomIds } from '../lib/ids.ts';
import { Refused, refusalText } from '../lib/refusal.ts';
import { readProjectBytes, type Pipeline } from '../pipeline/pipeline.ts';
import { anAccount, faultsOf, type Account, type ActionAccount } from './ci-account.ts';
import type { CiFlags } from './ci.ts';
import type { SummaryFacts } from './ci-summary.ts';
import { data, showGithub } from './check-github.ts';
import { checkPath, type Checked } from './check-path.ts';
import { showText } from './check-show.ts';
import { githubScreen, plainScreen, type Screen } from './run-show.ts';
import { folderOf, optionsOf } from './run-work.ts';
import { version } from './version.ts';
import { EXIT_CODES, stopOnSignals } from './stop.ts';

export interface CiOptions {
  actions: string[];
  flags: CiFlags;
  env: Readonly<Record<string, string | undefined>>;
  out: { write(text: string): unknown };
  /** In place of the engine of this machine. */
  engine?: LaptopOptions['engine'];
  signal: AbortSignal;
  registry?: string;
}

/** Answers the exit code; the signals of this process stop it. */
export async function ciHere(actions: string[], flags: CiFlags): Promise<number> {
  const stopping = stopOnSignals({
    close: () => undefined,
    say: (text) => void process.stdout.write(`${text}\n`),
  });
  try {
    const code = await runCi({
      actions,
      flags,
      env: process.env,
      out: process.stdout,
      signal: stopping.signal,
    });
    const by = stopping.by();
    return by ? EXIT_CODES[by] : code;
  } finally {
    stopping.leave();
  }
}

interface Ci extends CiOptions {
  dir: string;
  /** Annotations and groups. */
  github: boolean;
  /** The top of the repository, as far as it is known. */
  top: string;
  screen: Screen;
  account: Account;
}

/** Throws Refused for what cannot begin; everything about the study itself is said and answered with 1. */
export async function runCi(options: CiOptions): Promise<number> {
  const ci = await begin(options);
  const { dir, flags, screen } = ci;
  const checked = checkPath(flags.projectDir);
  await sayChecked(checked, ci);
  const codelists = await askCodelists(checked, ci);
  const pipeline = readPipeline(checked, dir);
  const ran: Ran = pipeline ? await run(checked, ci) : { ok: false, stopped: NO_RUN };
  const actions = ci.account.actions();
  const hints = await hintsFor(actions, ci);
  const notes = flags.artefacts === undefined ? [] : await keep(flags.artefacts, ci);
  await writeReports({ ...checked, findings: [...checked.findings, ...faultsOf(actions)] }, ci);
  const ok = checked.ok && ran.ok;
  const facts = { ok, checked, actions, codelists, hints, notes };
  const { stopped } = ran;
  await writeSummary(
    { ...facts, ...(pipeline && { pipeline }), ...(stopped !== undefined && { stopped }) },
    ci,
  );
  screen.close();
  return ok ? 0 : 1;
}

interface Ran {
  ok: boolean;
  /** Why it did not begin, or did not come to its end. */
  stopped?: string;
}

const NO_RUN = 'Nothing was run: project.yaml has to be right first.';

async function begin(options: CiOptions): Promise<Ci> {
  const { flags, env, out } = options;
  const dir = folderOf(flags.projectDir);
  const github = flags.github ?? env['GITHUB_ACTIONS'] === 'true';
  if (flags.artefacts !== undefined) {
    const { refuseFolder } = await import('./ci-artefacts.ts');
    const no = refuseFolder(flags.artefacts);
    if (no) throw new Refused(no);
  }
  const top = (github && env['GITHUB_WORKSPACE']) || process.cwd();
  const project = path.relative(top, path.join(dir, 'project.yaml'));
  const screen = github
    ? githubScreen({ out, timestamps: true, project, token: randomIds.id() })
    : plainScreen({ out, timestamps: true });
  if (flags.executor === 'process') screen.say(WORDS.processWarning);
  return { ...options, dir, github, top, screen, account: anAccount() };
}

async function sayChecked(checked: Checked, { github, top, out, screen }: Ci): Promise<void> {
  if (github) {
    out.write(showGithub(checked, top));
    screen.section('check', (await showText(checked, false)).trimEnd().split('\n'));
  } else out.write(await showText(checked, false));
}

/** Undefined when there is nothing that could run; why stands among the findings. */
function readPipeline(checked: Checked, dir: string): Pipeline | undefined {
  const isRight = checked.actions !== undefined;
  return isRight ? readProjectBytes(readFileSync(path.join(dir, 'project.yaml'))).pipeline : undefined;
}

/** What the registry has changed since is nobody's fault in this commit: it is said, and fails nothing. */
async function askCodelists(checked: Checked, { dir, flags, github, screen, out }: Ci): Promise<string[]> {
  if (checked.findings.some(({ file }) => file !== undefined)) return [];
  if (statSync(path.join(dir, 'codelists', 'codelists.txt'), { throwIfNoEntry: false }) === undefined)
    return [];
  const lines = await saidByRegistry(dir, flags.from);
  screen.section('codelists', lines.says);
  if (!lines.ok && github) out.write(`::warning title=codelists::${data(lines.says.join('\n'))}\n`);
  return lines.says;
}

async function saidByRegistry(
  dir: string,
  from: string | undefined,
): Promise<{ says: string[]; ok: boolean }> {
  try {
    const { check, study } = await import('./codelists-work.ts');
    const { lines, ok } = await check(study(dir, from));
    return { says: lines, ok };
  } catch (error) {
    if (error instanceof Refused) return { says: [refusalText(error.refusal)], ok: false };
    throw error;
  }
}

async function run(checked: Checked, ci: Ci): Promise<Ran> {
  const { dir, flags, screen, account, github, out } = ci;
  const options = optionsOf(dir, {
    ...flags,
    forceRunDependencies: false,
    refresh: true,
    continueOnError: true,
    debug: false,
  });
  try {
    await bringImages(checked, ci);
    const ok = await runOnLaptop({
      ...options,
      ...(ci.engine && { engine: ci.engine }),
      ...(ci.registry !== undefined && { registry: ci.registry }),
      actions: ci.actions,
      tail: 0,
      signal: ci.signal,
      show(event: LaptopEvent) {
        account.note(event);
        // The check has said them.
        if (event.type !== 'finding') screen.show(event);
      },
    });
    return { ok };
  } catch (error) {
    if (ci.signal.aborted) return { ok: false, stopped: WORDS.stopped };
    const no = error instanceof Refused ? error.refusal : faultRefusal(error, dir);
    if (!no) throw error;
    const text = refusalText(no);
    if (github) out.write(`::error title=${no.code}::${data(text)}\n`);
    screen.say(text);
    return { ok: false, stopped: text };
  }
}

async function bringImages({ images = [] }: Checked, { flags, env, screen }: Ci): Promise<void> {
  if (!flags.pull || flags.executor === 'process') return;
  const { pullImages } = await import('./ci-images.ts');
  const used = await pullImages(images, env, screen.section);
  if (flags.imagesUsed !== undefined) writeFileSync(flags.imagesUsed, used.map((one) => `${one}\n`).join(''));
}

async function hintsFor(actions: readonly ActionAccount[], { dir, screen }: Ci): Promise<string[]> {
  const files = actions.flatMap(({ state, result }) =>
    state === 'succeeded' && result
      ? result.outputs.filter(({ level, excluded }) => level === 'moderately_sensitive' && !excluded)
      : [],
  );
  if (files.length === 0) return [];
  const { hintLines } = await import('./run-hints.ts');
  const lines = await hintLines(dir, files.map((file) => file.path).sort(), false);
  screen.section('disclosure checks, as output checkers will see them', lines);
  return lines;
}

async function keep(folder: string, { dir, screen }: Ci): Promise<string[]> {
  const { collectArtefacts } = await import('./ci-artefacts.ts');
  const { kept, left } = collectArtefacts(dir, laptopResults(dir), folder);
  screen.say(`${kept.length} ${kept.length === 1 ? 'file' : 'files'} kept in ${folder}`);
  return left.map((file) => `${file} is no plain file of the study and was not kept.`);
}

async function writeReports(checked: Checked, { flags, top }: Ci): Promise<void> {
  if (flags.sarif !== undefined) {
    const { showSarif } = await import('./check-sarif.ts');
    writeFileSync(flags.sarif, showSarif([checked], top, version));
  }
  if (flags.codeQuality !== undefined) {
    const { showCodeQuality } = await import('./ci-quality.ts');
    writeFileSync(flags.codeQuality, showCodeQuality(checked, top));
  }
}

async function writeSummary(facts: SummaryFacts, { flags, env }: Ci): Promise<void> {
  const file = flags.summary ?? env['GITHUB_STEP_SUMMARY'];
  if (!file) return;
  const { summaryOf, SUMMARY_LIMIT } = await import('./ci-summary.ts');
  const there = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  appendFileSync(file, summaryOf(facts, SUMMARY_LIMIT - there));
}

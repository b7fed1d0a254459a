/** What `info` and `doctor` know of this machine, its container engine and the study at hand. Nothing leaves the machine. */
import { execFile } from 'node:child_process';
import { realpathSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, freemem, homedir, platform, release, totalmem } from 'node:os';
import path from 'node:path';
import { connectEngine } from '../../agent/executor/engine.ts';
import {
  engineFacts,
  imageFacts,
  orRefusal,
  type EngineFacts,
  type ImageFacts,
} from '../../agent/executor/facts.ts';
import { answeringEngine } from '../../agent/laptop.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { ImageName } from '../pipeline/pipeline.ts';
import { checkPath, type Checked } from './check-path.ts';

export interface Machine {
  system: string;
  node: string;
  cpus: number;
  memoryBytes: number;
  freeMemoryBytes: number;
  disk: Disk | undefined;
  /** `git version 2.39.5`; undefined when there is none. */
  git: string | undefined;
  engine: EngineFacts | Refusal;
  /** Of the disk that the engine's own folder is on, when that is on this machine. */
  engineDisk: Disk | undefined;
  /** Undefined where there is no project.yaml. */
  study: Study | undefined;
}

export interface Disk {
  freeBytes: number;
  totalBytes: number;
}

export interface Study {
  /** A real path. */
  dir: string;
  checked: Checked;
  /** Empty without an engine. */
  images: ImageFacts[];
}

export async function lookAtMachine(dir: string): Promise<Machine> {
  const real = realpathSync(dir);
  const checked = checkPath(real);
  const isStudy = !checked.findings.some(({ code }) => code === 'check.no-project');
  const [git, engine] = await Promise.all([
    said('git', ['--version']),
    orRefusal(() => lookAtEngine(isStudy ? (checked.images ?? []) : [])),
  ]);
  return {
    system: `${platform()} ${release()}, ${arch()}`,
    node: process.versions.node,
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    disk: diskOf(real),
    git,
    engine: isRefusal(engine) ? engine : engine.facts,
    engineDisk: isRefusal(engine) ? undefined : diskOf(engine.facts.root),
    study: isStudy ? { dir: real, checked, images: isRefusal(engine) ? [] : engine.images } : undefined,
  };
}

async function lookAtEngine(
  wanted: readonly ImageName[],
): Promise<{ facts: EngineFacts; images: ImageFacts[] }> {
  const { place, podman } = await answeringEngine();
  const engine = connectEngine(place.socketPath, place.tcp);
  const [facts, images] = await Promise.all([
    engineFacts(engine, { where: withoutPassword(place.name), podman }),
    imageFacts(engine, wanted, process.env['SALLYPORT_IMAGES']),
  ]);
  return { facts, images };
}

/** An address may carry one. */
const withoutPassword = (text: string): string => text.replace(/\/\/[^/@\s]*@/, '//');

export function diskOf(folder: string): Disk | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    // An engine in a virtual machine has a folder that is not here.
    return undefined;
  }
}

/** The first line of what a program says; undefined when it is not there or fails. */
export function said(program: string, words: readonly string[], cwd?: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { encoding: 'utf8', timeout: 5000, windowsHide: true } as const;
    execFile(program, [...words], { ...options, ...(cwd === undefined ? {} : { cwd }) }, (error, out) =>
      resolve(error ? undefined : (out.split('\n')[0] ?? '').trim()),
    );
  });
}

/** A path as it may be shown to others: the home folder, and with it a name, is `~`. */
export function shownPath(file: string, home = homedir()): string {
  const homes = new Set([home, realOf(home)]);
  for (const one of homes) {
    if (one === '' || one === path.sep) continue;
    if (file === one) return '~';
    if (file.startsWith(one + path.sep)) return `~${file.slice(one.length)}`;
  }
  return file;
}

function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** Every mention of the home folder in a text, too. */
export function withoutHome(text: string, home = homedir()): string {
  const homes = [...new Set([home, realOf(home)])].filter((one) => one.length > 1);
  return homes.reduce(
    (left, one) => left.replaceAll(new RegExp(`${literally(one)}(?![\\w.-])`, 'g'), '~'),
    text,
  );
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** What an agent has after two jobs of a study, and whoever keeps it: verifies it, backs it up, puts workspaces away. */
import { afterAll, afterEach, beforeEach } from '@jest/globals';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Keeper } from '../../../agent/keep/backup.ts';
import { filesBelow } from '../../../agent/keep/files.ts';
import { verifyAgent } from '../../../agent/keep/verify.ts';
import { layout } from '../../../agent/runner/layout.ts';
import { aWorld, closeUpstream, goodScript, zoneKey, type World } from '../../support/zone-world.ts';

export const AT = Date.parse('2026-11-21T01:00:00Z');
const KEYS = { keys: [zoneKey.publicKey], quick: false };

export class KeptStudy {
  world!: World;
  keeper!: Keeper;
  /** A folder outside the agent's own. */
  beside = '';

  async begin(): Promise<void> {
    const world = (this.world = await aWorld());
    this.beside = `${world.dir}-beside`;
    mkdirSync(this.beside);
    this.keeper = {
      stateDir: world.dir,
      agent: 'agent-1',
      backend: 'attainment',
      key: zoneKey,
      secrets: [],
    };
    const agent = world.agent({ script: goodScript });
    for (const action of ['extract', 'model']) {
      const task = world.task(action);
      world.hub.give(task);
      await world.hub.end(task.id);
    }
    await agent.stop();
  }

  async end(): Promise<void> {
    rmSync(this.beside, { recursive: true, force: true });
    await this.world.close();
  }

  async faults(dir = this.world.dir, quick = false): Promise<string[]> {
    return (await verifyAgent(layout(dir), { ...KEYS, quick })).map(({ what, where }) => `${what} ${where}`);
  }

  /** Places in the store. */
  objects(dir = this.world.dir): string[] {
    return [...filesBelow(path.join(dir, 'store/objects'))].map(({ path: file }) => file);
  }

  high(file: string): string {
    return path.join(this.world.layout.workspace('study-main').high, file);
  }

  medium(file: string): string {
    return path.join(this.world.layout.workspace('study-main').medium, file);
  }
}

/** Anew for each test of the file. */
export function keptStudy(): KeptStudy {
  const kept = new KeptStudy();
  beforeEach(() => kept.begin());
  afterEach(() => kept.end());
  afterAll(closeUpstream);
  return kept;
}

/** Of what it was refused; `done` when it was not. */
export const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { refusal?: { code: string } }) => error.refusal?.code ?? String(error),
  );

/** Every file with its bytes and mode. */
export const pictureOf = (dir: string, only: string): Record<string, string> =>
  Object.fromEntries(
    [...filesBelow(path.join(dir, only))].map(({ path: file, stat }) => [
      file,
      `${(stat.mode & 0o777).toString(8)} ${readFileSync(path.join(dir, only, file), 'latin1')}`,
    ]),
  );

/** Whoever may write to the disk puts other bytes where these were, mode and all. */
export function overwrite(file: string, bytes: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, bytes);
  chmodSync(file, 0o444);
}

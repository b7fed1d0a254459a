/**
 * `sallyport demo`: builds the world, plays the story, stays up or leaves. Whatever happens, what was started is
 * stopped and what was made is removed; a folder that somebody named is kept.
 */
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pc from 'picocolors';
import { refusal, Refused } from '../../lib/refusal.ts';
import { sayWhatIsThere } from './afterwards.ts';
import { ChildLost } from './children.ts';
import { lookForEngine } from './machine.ts';
import { release } from './release-story.ts';
import { screenOn, type Screen } from './screen.ts';
import { StoryBroken } from './stage.ts';
import { stageIn } from './stage-in.ts';
import { tell } from './story.ts';
import { World } from './world.ts';

export { serveDoor, type DoorFile } from './database/database.ts';

export interface DemoOptions {
  /** Leave after the story: exit code 0 when it went as told, 1 when not. */
  once: boolean;
  port?: number;
  /** Empty or new; kept afterwards. */
  data?: string;
  executor?: 'docker' | 'process';
  /** Address of a PostgreSQL server to use instead of an own one. */
  postgres?: string;
  stop: AbortSignal;
  out: NodeJS.WritableStream;
}

/** The exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const started = Date.now();
  const screen = screenOn(options.out, () => Date.now());
  const engine = await lookForEngine(options.executor);
  const root = folderFor(options.data);
  screen.say(pc.bold('Sallyport, on your machine') + pc.dim(` in ${root}`));
  if (engine.kind === 'process') {
    screen.warn(`Jobs run as plain processes (${engine.why}): NOTHING ISOLATES THEM from this machine.`);
    screen.warn(
      'That is for looking around only; a real deployment runs containers, and no other way exists there.',
    );
  }
  screen.chapter('Westmere Schools Research is set up');
  const world = new World({
    root,
    engine,
    at: started,
    screen,
    port: options.port,
    server: options.postgres,
  });
  const ended = new AbortController();
  const stopped = new Promise<'stopped'>((resolve) => {
    if (options.stop.aborted) resolve('stopped');
    options.stop.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  try {
    const play = playOn(world, screen, ended.signal, options, started);
    // Whoever is first: the story's end, somebody's Ctrl-C, or a process that died.
    play.catch(() => undefined);
    return (await Promise.race([play, stopped, world.children.lost])) === 'stopped'
      ? options.once
        ? 1
        : 0
      : 0;
  } catch (error) {
    tellFault(screen, error, world);
    return 1;
  } finally {
    ended.abort();
    screen.say('');
    await screen.step('everything is stopped', () => world.stop());
    if (!options.data) rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function playOn(
  world: World,
  screen: Screen,
  ended: AbortSignal,
  options: DemoOptions,
  started: number,
): Promise<'told'> {
  await world.start();
  screen.seen(`the zone's database is ${world.database.what}`);
  const stage = await stageIn(world, screen, ended);
  const told = await tell(stage);
  const released = await release(stage);
  screen.chapter(`Told in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  if (options.once) return 'told';
  sayWhatIsThere(screen, world, { told, released, issue: stage.issue });
  // Until Ctrl-C, or until a process dies.
  return new Promise<'told'>(() => undefined);
}

function tellFault(screen: Screen, error: unknown, world: World): void {
  if (error instanceof ChildLost) {
    screen.warn(`${error.message}. The end of its log:`);
    screen.quote(error.tail || '(nothing)');
    return;
  }
  const says = error instanceof Error ? error.message : String(error);
  screen.warn(error instanceof StoryBroken ? `The story went otherwise: ${says}` : says);
  for (const name of world.children.names) {
    const tail = world.children.tail(name);
    if (!tail) continue;
    screen.look(`log of ${name}`, world.children.logFile(name));
    screen.quote(tail);
  }
}

function folderFor(data: string | undefined): string {
  if (data === undefined) return mkdtempSync(path.join(realpathSync(tmpdir()), 'sallyport-demo-'));
  if (existsSync(data) && readdirSync(data).length > 0) {
    throw new Refused(
      refusal('demo.folder-not-empty', `${data} holds something already.`, 'Name a new or an empty folder.'),
    );
  }
  return path.resolve(data);
}

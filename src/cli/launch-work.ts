/** What `sallyport launch` does, from its flags to an exit code. */
import { laptopEngine } from '../../agent/laptop/engine.ts';
import { findHere } from '../../agent/laptop/find.ts';
import {
  isSessionName,
  must,
  newSession,
  runningSession,
  runningSessions,
  sessionName,
  stopSession,
  type LaunchSpec,
  type RunningSession,
  type Session,
} from '../../agent/laptop/launch.ts';
import { openUser } from '../../agent/laptop/container.ts';
import { isTool, TOOLS, type ToolName } from '../../agent/laptop/tools.ts';
import { badSessionName, noSession, noTool, strangersFolder } from '../../agent/laptop/words.ts';
import { faultRefusal, laptopOwner } from '../../agent/laptop.ts';
import { refusal, Refused } from '../lib/refusal.ts';
import { printable } from '../pipeline/pipeline.ts';
import { inBackground, launchedBy } from './launch-background.ts';
import { openBrowser } from './launch-browser.ts';
import type { LaunchFlags, StopFlags } from './launch.ts';
import { print } from './print.ts';
import { folderOf } from './run-work.ts';
import { EXIT_CODES, stopOnSignals } from './stop.ts';

export async function launchHere(text: string, flags: LaunchFlags): Promise<number> {
  const [tool = '', ...version] = text.split(':');
  if (!isTool(tool) || version.length > 1) throw new Refused(refusal('launch.no-tool', ...noTool(text)));
  const dir = folderOf(flags.directory);
  const name = flags.name ?? sessionName(tool, dir);
  if (!isSessionName(name)) throw new Refused(refusal('launch.bad-name', ...badSessionName(name)));
  if (flags.background && !launchedBy())
    return inBackground((url) => told(tool, url, 'runs in the background', flags));
  const stopping = stopOnSignals({ close: () => undefined, say });
  try {
    const spec = {
      dir,
      ...laptopOwner(dir),
      tool,
      name,
      port: flags.port,
      limits: { cpus: flags.cpus, memoryBytes: flags.memory },
      environment: {},
      signal: stopping.signal,
    };
    return await attended(spec, version[0], flags);
  } catch (error) {
    const by = stopping.by();
    if (by) return EXIT_CODES[by];
    if (error instanceof Refused) throw error;
    const no = faultRefusal(error, dir);
    throw no ? new Refused(no, { cause: error }) : error;
  } finally {
    stopping.leave();
  }
}

async function attended(
  spec: Omit<LaunchSpec, 'image'>,
  version: string | undefined,
  flags: LaunchFlags,
): Promise<number> {
  const engine = await laptopEngine();
  const { title, image } = TOOLS[spec.tool];
  const wanted = version === undefined ? image : `${image}:${version}`;
  let session = await running(engine, spec, flags.force);
  const again = session !== undefined;
  if (!session) {
    const found = must(await findHere(engine.engine, wanted, process.env['SALLYPORT_IMAGES'] || undefined));
    const user = openUser(spec.dir);
    if (user.stranger) process.stderr.write(`${strangersFolder(user.uid)}\n`);
    say(`Starting ${title} (${found.name}).`);
    session = must(await newSession(engine, { ...spec, image: found.id }));
  }
  const how = again ? 'is running already' : 'is running';
  launchedBy()?.ready(session.url);
  if (!launchedBy()) await told(spec.tool, session.url, how, flags, session.folder);
  if (session.elsewhere) return 0;
  return untilEnd(session, spec.signal, title);
}

async function running(
  engine: Awaited<ReturnType<typeof laptopEngine>>,
  spec: Omit<LaunchSpec, 'image'>,
  force: boolean,
): Promise<Session | undefined> {
  const session = await runningSession(engine, { ...spec, image: '' });
  if (session === undefined) return undefined;
  const found = must(session);
  if (!force) return found;
  await found.close();
  return undefined;
}

async function untilEnd(session: Session, signal: AbortSignal, title: string): Promise<number> {
  if (!launchedBy()) say('Ctrl-C ends it.');
  const interrupted = new Promise<'interrupted'>((resolve) => {
    if (signal.aborted) resolve('interrupted');
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  const by = await Promise.race([session.ended.then(() => 'ended' as const), interrupted]);
  await session.close();
  if (!launchedBy()) say(by === 'ended' ? `${title} has ended.` : `${title} was ended.`);
  return 0;
}

async function told(
  tool: ToolName,
  url: string,
  how: string,
  flags: LaunchFlags,
  folder?: string,
): Promise<void> {
  say(`${TOOLS[tool].title} ${how}: ${url}`);
  if (flags.browser && !(await openBrowser(url, folder)))
    say('No browser could be opened: open the address yourself.');
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

export async function listSessions(json: boolean): Promise<void> {
  const { engine } = await laptopEngine();
  const sessions = await runningSessions(engine, laptopOwner);
  print(json ? `${JSON.stringify(sessions, null, 2)}\n` : sessionsText(sessions));
}

export function sessionsText(sessions: readonly RunningSession[]): string {
  if (sessions.length === 0) return 'Nothing is running.\n';
  const rows = sessions.map(
    ({ name, tool, study, address = 'no longer reached; launch it again', since }) => [
      name,
      tool,
      address,
      `since ${since.slice(0, 16).replace('T', ' ')} UTC`,
      printable(study),
    ],
  );
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}\n`).join('');
}

/** Throws Refused 'launch.no-session'. */
export async function stopSessions(name: string | undefined, { directory, all }: StopFlags): Promise<void> {
  const dir = folderOf(directory);
  const { engine } = await laptopEngine();
  const sessions = await runningSessions(engine, laptopOwner);
  const wanted = sessions.filter(
    (one) => one.name === name || ((all || one.study === dir) && (name === undefined || one.tool === name)),
  );
  if (wanted.length === 0) throw new Refused(refusal('launch.no-session', ...noSession(name ?? '')));
  for (const session of wanted) {
    await stopSession(engine, laptopOwner(session.study).stateDir, session);
    say(`ended ${session.name}`);
  }
}

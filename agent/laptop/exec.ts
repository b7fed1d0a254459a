/**
 * One program in a container on the study's folder, with the person's terminal or pipes: `sallyport exec`.
 *
 * create → attach → start → wait → remove. It is removed whatever happens; what a killed process left is removed by the
 * next one in the same study, and by `sallyport clean`.
 */
import type { Container } from 'dockerode';
import type { Readable, Writable } from 'node:stream';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { LABELS } from '../executor/container.ts';
import { ask, askUnless, statusOf, wordsOf, type Engine } from '../executor/engine.ts';
import { EngineLost } from '../executor/executor.ts';
import { badSpec, cannotStart } from '../executor/words.ts';
import { identity } from '../../src/lib/process-identity.ts';
import { OPEN_LABELS, openContainer, type OpenSpec } from './container.ts';
import type { LaptopEngine } from './engine.ts';
import { copyAll, copyFrames } from './streams.ts';

export interface Console {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Present: a terminal, whose keys are handed on one by one. */
  terminal?: {
    raw(on: boolean): void;
    size(): { rows: number; columns: number };
    onResize(tell: () => void): () => void;
  };
  /** Calls back with each signal that this process is sent; answers how to leave. */
  onSignal(tell: (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void): () => void;
  /** Whoever reads has gone. */
  onUnread(tell: () => void): () => void;
}

export type ExecEnd = { code: number; outOfMemory: boolean } | { code: 126 | 127; refusal: Refusal };

const GONE = 404;
const CONFLICT = 409;

/** Resolves when the program has ended and its container is gone. Throws EngineLost. */
export async function execute(
  { engine, dialect }: LaptopEngine,
  spec: Omit<OpenSpec, 'kind' | 'tty' | 'stdin' | 'labels'>,
  at: Console,
): Promise<ExecEnd> {
  await removeLeft(engine, spec.owner);
  const container = await created(engine, {
    ...openContainer(
      {
        ...spec,
        kind: 'exec',
        tty: at.terminal !== undefined,
        stdin: true,
        labels: { [OPEN_LABELS.process]: identity(process.pid) },
      },
      dialect,
    ),
  });
  if (isRefusal(container)) return { code: 126, refusal: container };
  try {
    return await attended(engine, container, at);
  } finally {
    await askUnless([GONE, CONFLICT], 'removing a container', container.remove({ force: true, v: true }));
  }
}

async function created(
  engine: Engine,
  options: ReturnType<typeof openContainer>,
): Promise<Container | Refusal> {
  try {
    return await ask('creating a container', engine.createContainer(options));
  } catch (error) {
    if (statusOf(error) === 400) return badSpec(wordsOf(error).replace(/\.$/, ''));
    throw error;
  }
}

async function attended(engine: Engine, container: Container, at: Console): Promise<ExecEnd> {
  const stream = await attach(engine, container.id);
  // Before it starts: a program may end before the first question about it.
  const shown = at.terminal
    ? copyAll(stream, at.stdout)
    : copyFrames(stream, { stdout: at.stdout, stderr: at.stderr });
  const leave = await begun(container, stream, at);
  if (typeof leave !== 'function') {
    (stream as { destroy?(): void }).destroy?.();
    await shown.catch(() => undefined);
    return leave;
  }
  try {
    await ended(container);
    await shown;
    const { State: state } = await ask('looking at a container', container.inspect());
    return { code: state.ExitCode, outOfMemory: state.OOMKilled };
  } finally {
    leave();
  }
}

/** Podman takes what is sent with the question for the first thing the person typed: nothing is sent, and no more is to come. */
function attach(engine: Engine, id: string): Promise<NodeJS.ReadWriteStream> {
  const attached = new Promise<NodeJS.ReadWriteStream>((resolve, reject) => {
    engine.modem.dial(
      {
        path: `/containers/${id}/attach?`,
        options: { _query: { stream: '1', stdin: '1', stdout: '1', stderr: '1' } },
        method: 'POST',
        file: Buffer.alloc(0),
        isStream: true,
        hijack: true,
        openStdin: true,
        statusCodes: { 101: true, 200: true },
      } as never,
      (error: unknown, stream: unknown) =>
        error ? reject(error as Error) : resolve(stream as NodeJS.ReadWriteStream),
    );
  });
  return ask('attaching to a container', attached);
}

/** Starts it, and connects the person; answers how to let go again. */
async function begun(
  container: Container,
  stream: NodeJS.ReadWriteStream,
  at: Console,
): Promise<(() => void) | Extract<ExecEnd, { refusal: Refusal }>> {
  try {
    await ask('starting a container', container.start());
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    const words = wordsOf(error);
    const absent = /executable file not found|no such file or directory/i.test(words);
    const said = /exec: (.*?)(?:: unknown)?$/.exec(words)?.[1] ?? words;
    return { code: absent ? 127 : 126, refusal: cannotStart(said) };
  }
  const leaving: (() => void)[] = [];
  const tell = (asked: Promise<unknown>): void => void asked.catch(() => undefined);
  at.stdin.pipe(stream as NodeJS.WritableStream);
  // A program that has ended reads no more.
  stream.on('error', () => undefined);
  leaving.push(() => {
    at.stdin.unpipe(stream as NodeJS.WritableStream);
    at.stdin.pause();
    (at.stdin as { unref?(): void }).unref?.();
  });
  const { terminal } = at;
  if (terminal) {
    const resize = (): void => {
      const { rows, columns } = terminal.size();
      tell(container.resize({ h: rows, w: columns }));
    };
    terminal.raw(true);
    resize();
    leaving.push(terminal.onResize(resize), () => terminal.raw(false));
  }
  let interrupted = 0;
  leaving.push(
    at.onSignal((signal) => {
      if (signal === 'SIGINT') interrupted += 1;
      tell(container.kill({ signal: interrupted > 1 ? 'SIGKILL' : signal }));
    }),
    at.onUnread(() => tell(container.kill({ signal: 'SIGKILL' }))),
  );
  return () => leaving.forEach((one) => one());
}

/** As long as it takes: nobody limits the time of a person's own program. */
async function ended(container: Container): Promise<void> {
  try {
    await container.wait();
  } catch (error) {
    if (statusOf(error) !== undefined) throw error;
    throw new EngineLost('waiting for a container', { cause: error });
  }
}

/** Of this study, and of a process that is gone. */
async function removeLeft(engine: Engine, owner: string): Promise<void> {
  const listed = await ask(
    'listing containers',
    engine.listContainers({
      all: true,
      filters: { label: [`${LABELS.owner}=${owner}`, `${LABELS.kind}=exec`] },
    }),
  );
  for (const { Id, Labels } of listed) {
    const holder = Labels[OPEN_LABELS.process] ?? '';
    if (identity(Number(holder.split(' ')[0]) || 0) === holder) continue;
    await askUnless(
      [GONE, CONFLICT],
      'removing a container',
      engine.getContainer(Id).remove({ force: true, v: true }),
    );
  }
}

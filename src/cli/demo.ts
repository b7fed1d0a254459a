/** `sallyport demo`: the whole of it on one machine, with invented people and data. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { DemoOptions } from '../sandbox/demo/demo.ts';

type Given = Pick<DemoOptions, 'once' | 'port' | 'data' | 'executor' | 'postgres'>;

export function registerDemo(root: Command): void {
  root
    .command('demo')
    .description('carry a real study from push to outputs on this machine, without account or network')
    .option('--once', 'leave after the story; exit code 0 when it went as told', false)
    .option('--port <number>', 'port of the pages on 127.0.0.1; any free one unless given', portNumber)
    .option('--data <folder>', 'a new or empty folder, kept afterwards; a temporary one unless given')
    .option('--postgres <url>', 'a PostgreSQL server to use, as somebody who may make databases and roles')
    .addOption(
      new Option('--executor <kind>', 'containers, or plain processes that nothing isolates').choices([
        'docker',
        'process',
      ]),
    )
    .action(async (given: Given) => {
      const { runDemo } = await import('../sandbox/demo/demo.ts');
      // At once: an engine that is still taking an image would keep the process for half a minute.
      process.exit(await runDemo({ ...given, stop: stopSignal(), out: process.stdout }));
    });

  root
    .command('demo-database <file>', { hidden: true })
    .description('PGlite behind a socket, for a demo without PostgreSQL')
    .action(async (file: string) => {
      const { serveDoor } = await import('../sandbox/demo/demo.ts');
      const { readFileSync } = await import('node:fs');
      const door = JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof serveDoor>[0];
      await serveDoor(door, () => process.stdout.write('database ready\n'), stopSignal());
      process.exit(0);
    });
}

/** A reader that has gone (a pager, `head`) is somebody leaving: everything is stopped, nothing more is written. */
function leaveWhenNobodyReads(stop: AbortController): void {
  process.stdout.on('error', () => stop.abort());
}

/** Fires at the first Ctrl-C or TERM; further ones are ignored while things are being stopped. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  leaveWhenNobodyReads(stop);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a number from 1 to 65535.');
}

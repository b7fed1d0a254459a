/** Malware scanners: clamd itself with a signature of our own, and a socket that says whatever it is told to. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clamdPath } from './require.ts';

/** What our signature finds. */
export const MARKED = 'SALLYPORT-TEST-SIGNATURE';

export interface RunningScanner {
  socket: string;
  stop(): Promise<void>;
}

/** The real engine, started with one signature; resolves when it answers. */
export async function startClamd(more: readonly string[] = []): Promise<RunningScanner> {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-test-clamd-'));
  const socket = path.join(dir, 'clamd.sock');
  const database = path.join(dir, 'db');
  mkdirSync(database);
  writeFileSync(
    path.join(database, 'own.ndb'),
    `Sallyport.Test:0:*:${Buffer.from(MARKED).toString('hex')}\n`,
  );
  const settings = [
    `LocalSocket ${socket}`,
    `DatabaseDirectory ${database}`,
    'Foreground yes',
    'MaxThreads 2',
  ];
  writeFileSync(path.join(dir, 'clamd.conf'), [...settings, ...more, ''].join('\n'));
  const child = spawn(clamdPath()!, ['-c', path.join(dir, 'clamd.conf')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await ready(child);
  return {
    socket,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** It says when it listens. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      // The last thing it says before it takes questions.
      if (/Self checking every/.test(said)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`clamd ended with ${code}: ${said}`)));
  });
}

/** What it does with a question; `body`: what it was sent after the command. */
export type Answer = (connection: Socket, command: string, body: Buffer) => void;

export interface ScriptedScanner extends RunningScanner {
  /** Undefined: it listens to all of it and never answers. */
  version: string | Answer | undefined;
  scan: string | Answer | undefined;
  /** Commands, in order. */
  asked: string[];
}

/** It reads a question to its end and does as it is told. */
export async function startScripted(): Promise<ScriptedScanner> {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-test-scanner-'));
  const socket = path.join(dir, 'scanner.sock');
  const open = new Set<Socket>();
  const server = createServer((connection) => {
    open.add(connection);
    connection.on('close', () => open.delete(connection));
    connection.on('error', () => undefined);
    let heard = Buffer.alloc(0);
    let isAnswered = false;
    connection.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      const zero = heard.indexOf(0);
      if (zero < 0 || isAnswered) return;
      const command = heard.toString('utf8', 1, zero);
      const body = command === 'INSTREAM' ? unframed(heard.subarray(zero + 1)) : Buffer.alloc(0);
      if (!body) return;
      isAnswered = true;
      scanner.asked.push(command);
      const answer = command === 'VERSION' ? scanner.version : scanner.scan;
      if (typeof answer === 'string') connection.end(`${answer}\0`);
      else answer?.(connection, command, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const scanner: ScriptedScanner = {
    socket,
    version: 'ClamAV 1.4.6/27000/Mon Oct  5 09:00:00 2026',
    scan: 'stream: OK',
    asked: [],
    async stop() {
      for (const each of open) each.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return scanner;
}

/** Undefined until all of it has come. */
function unframed(framed: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; at + 4 <= framed.length; ) {
    const length = framed.readUInt32BE(at);
    if (length === 0) return Buffer.concat(parts);
    parts.push(framed.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}

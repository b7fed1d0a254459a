/**
 * What keeps a job without container alive when the agent dies: a small detached process per job.
 *
 * Plain text, because it is written to a file and run by Node, whatever the program was bundled into. Told its
 * folder, it takes the job once (`supervisor.json`, made exclusively), starts it as its own process
 * group, writes the log with times, keeps the wall clock and writes `exit.json` last.
 */
export const SUPERVISOR_SCRIPT = `'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const folder = process.argv[2];
const at = (name) => path.join(folder, name);
const tell = (text) => { try { fs.writeSync(1, text + '\\n'); } catch {} };
const put = (name, value) => {
  fs.writeFileSync(at(name + '.new'), JSON.stringify(value), { flush: true });
  fs.renameSync(at(name + '.new'), at(name));
};
const job = JSON.parse(fs.readFileSync(at('job.json'), 'utf8'));
try {
  fs.writeFileSync(at('supervisor.json'), JSON.stringify({ pid: process.pid }), { flag: 'wx', flush: true });
} catch { tell('already'); process.exit(0); }
process.on('SIGHUP', () => {});

// Two files in turn: when the second is full the first goes, so at least one limit of text is always there.
const cap = job.limits.logBytes;
let log = fs.openSync(at('log.1'), 'a');
let written = 0;
function write(line) {
  const bytes = Buffer.from(new Date().toISOString() + ' ' + line + '\\n');
  if (written + bytes.length > cap) {
    fs.closeSync(log);
    fs.renameSync(at('log.1'), at('log.0'));
    log = fs.openSync(at('log.1'), 'a');
    written = 0;
  }
  fs.writeSync(log, bytes);
  written += bytes.length;
}
function lines(stream) {
  let held = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const parts = (held + text).split('\\n');
    held = parts.pop();
    // A line without an end is cut, or it would be kept in memory.
    if (held.length > 16384) { parts.push(held); held = ''; }
    for (const part of parts) write(part);
  });
  stream.on('end', () => { if (held) write(held); });
}

const startedAt = Date.now();
const child = spawn(job.words[0], job.words.slice(1), {
  cwd: job.workDir, env: job.environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
});
const killGroup = () => { if (child.pid) try { process.kill(-child.pid, 'SIGKILL'); } catch {} };
let ended = false;
function end(exit) {
  if (ended) return;
  ended = true;
  put('exit.json', { startedAt, finishedAt: Date.now(), ...exit });
  process.exit(0);
}
// As a shell and the container's init do: 127 when the program is not there, 126 when it cannot be run.
child.on('error', (error) => {
  write('[sallyport] ' + job.words[0] + ' could not be started (' + error.code + ')');
  put('started.json', { pid: 0, startedAt });
  tell('started');
  end({ code: error.code === 'ENOENT' ? 127 : 126, signal: null });
});
child.on('spawn', () => {
  put('started.json', { pid: child.pid, startedAt });
  tell('started');
  lines(child.stdout);
  lines(child.stderr);
  const left = startedAt + job.limits.timeMs - Date.now();
  const tick = (ms) => setTimeout(() => {
    if (ms > 2147483647) return tick(ms - 2147483647);
    try { fs.writeFileSync(job.markFile, 'time', { flag: 'wx' }); } catch {}
    killGroup();
  }, Math.min(ms, 2147483647)).unref();
  tick(Math.max(0, left));
});
let exit;
child.on('exit', (code, signal) => {
  exit = { code, signal };
  killGroup();
  // A grandchild in its own group may hold the pipes open: the job has ended all the same.
  setTimeout(() => end(exit), 500).unref();
  setTimeout(() => {}, 600);
});
child.on('close', () => end(exit));
`;

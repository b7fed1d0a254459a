/**
 * A small git server on loopback for tests: `git http-backend` behind node:http, with what GitHub adds
 * around it that a proxy needs (App tokens, repository ids). Counts and remembers what it was asked.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  /** As it came, once it has. */
  body?: string;
}

/** A file, or where a link leads. */
type Content = string | Buffer | { link: string };

interface CommitOptions {
  orphan?: boolean;
  /** Another branch than `main`, whose new head this commit is. */
  branch?: string;
  /** Its parents, instead of the present head. */
  onto?: string[];
}

export interface GitUpstream {
  origin: string;
  /** Folder of bare repositories, `<owner>/<name>.git`. */
  root: string;
  seen: Seen[];
  /** Answers before git does; returns true when it has answered. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  /** Makes a bare repository with these files and returns the commit. */
  repository(name: string, files: Record<string, string | Buffer>): string;
  /** A further commit on `main`, onto the present one or, with `orphan`, onto nothing. Undefined removes a file. */
  commit(name: string, files: Record<string, Content | undefined>, options?: CommitOptions): string;
  close(): Promise<void>;
}

export async function gitUpstream(): Promise<GitUpstream> {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-upstream-'));
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const one: Seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers };
    seen.push(one);
    void Promise.resolve(upstream.intercept?.(request, response) ?? false).then((answered) => {
      if (answered) return;
      // Heard and piped at once: a listener of its own would let the first bytes run away.
      request.on('data', (chunk: Buffer) => (one.body = (one.body ?? '') + chunk.toString('latin1')));
      serveGit(root, request, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const upstream: GitUpstream = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root,
    seen,
    repository(name, files) {
      const bare = join(root, `${name}.git`);
      // What `git init --bare` makes, without the examples of hooks.
      for (const folder of ['objects', 'refs/heads']) mkdirSync(join(bare, folder), { recursive: true });
      writeFileSync(join(bare, 'HEAD'), 'ref: refs/heads/main\n');
      writeFileSync(join(bare, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
      return upstream.commit(name, files, { orphan: true });
    },
    commit(name, files, options = {}) {
      const input = imported(files, options);
      const done = execFileSync('git', ['fast-import', '--quiet', '--force'], {
        cwd: join(root, `${name}.git`),
        env,
        input,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      return done.toString().trim();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(root, { recursive: true, force: true });
    },
  };
  return upstream;
}

/** A commit in the language of `git fast-import`: one process instead of seven. It answers with the commit. */
function imported(files: Record<string, Content | undefined>, options: CommitOptions): Buffer {
  const { orphan = false, branch = 'main' } = options;
  const [onto, merged] = options.onto ?? [`refs/heads/${branch}^0`];
  const parts: (string | Buffer)[] = [
    `commit refs/heads/${branch}\nmark :1\n`,
    `committer A <a@example.org> ${Math.floor(Date.now() / 1000)} +0000\ndata 6\nchange\n`,
    orphan ? '' : `from ${onto}\n${merged ? `merge ${merged}\n` : ''}`,
  ];
  for (const [path, content] of Object.entries(files)) {
    const quoted = JSON.stringify(path);
    if (content === undefined) parts.push(`D ${quoted}\n`);
    else {
      const link = typeof content === 'object' && 'link' in content;
      const bytes = Buffer.from(link ? content.link : content);
      parts.push(`M ${link ? '120000' : '100644'} inline ${quoted}\ndata ${bytes.length}\n`, bytes, '\n');
    }
  }
  parts.push('\nget-mark :1\ndone\n');
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** Who serves the repositories, whoever this process is to a test for a while. */
const OWN = { uid: process.getuid?.(), gid: process.getgid?.() };

function serveGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://upstream');
  const path = url.pathname.replace(/^(\/[^/]+\/[^/]+?)(?:\.git)?(\/.*)$/, '$1.git$2');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
    ...OWN,
  });
  response.on('close', () => child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    child.stdout.off('data', onHead);
    let status = 200;
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/:\s*(.*)/);
      if (name.toLowerCase() === 'status') status = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on('data', onHead);
}

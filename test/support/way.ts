/** The way to a server, which a test can take away as a firewall does: every connection over it is reset. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Way {
  port: number;
  /** Those that stand, and each that is tried until it is given back. */
  cut(): void;
  restore(): void;
  /** Resolves when so many more have been refused. */
  refused(times: number): Promise<void>;
  close(): Promise<void>;
}

export async function aWayTo(port: number): Promise<Way> {
  const open = new Set<Socket>();
  let isCut = false;
  let refusals = 0;
  let look: () => void = () => undefined;
  const server: Server = createServer((from) => {
    from.on('error', () => undefined);
    if (isCut) {
      refusals += 1;
      from.resetAndDestroy();
      return look();
    }
    const to = connect(port, '127.0.0.1');
    to.on('error', () => from.destroy());
    for (const end of [from, to]) {
      open.add(end);
      end.on('close', () => open.delete(end));
    }
    from.on('close', () => to.destroy());
    to.on('close', () => from.destroy());
    from.pipe(to).pipe(from);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reset = (): void => open.forEach((end) => end.resetAndDestroy());
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      reset();
    },
    restore: () => void (isCut = false),
    refused(times) {
      const until = refusals + times;
      return new Promise((resolve) => {
        look = () => refusals >= until && resolve();
      });
    },
    async close() {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

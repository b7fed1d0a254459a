/** The sandbox as a process of its own: `sallyport sandbox --data DIR --seed FILE --port N`. */
import { createLogger } from '../../lib/logger.ts';
import { readSeed } from './seed.ts';
import { startSandbox, type SandboxOptions } from './server.ts';

export interface SandboxArguments {
  data: string;
  seed?: string;
  port?: number;
  origin?: string;
  controlToken?: string;
  limits?: SandboxOptions['limits'];
  mount?: SandboxOptions['mount'];
}

/** Prints one line of JSON when ready and resolves after SIGINT or SIGTERM, with everything on disk. */
export async function runSandboxProcess(args: SandboxArguments): Promise<void> {
  const sandbox = await startSandbox({
    dataDir: args.data,
    port: args.port,
    origin: args.origin,
    seed: args.seed ? readSeed(args.seed) : undefined,
    controlToken: args.controlToken,
    limits: args.limits,
    logger: createLogger('sandbox'),
    mount: args.mount,
  });
  process.stdout.write(`${JSON.stringify({ url: sandbox.url, credentials: sandbox.credentialsFile })}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await sandbox.stop();
}

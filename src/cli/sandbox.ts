/** `sallyport sandbox`: the laptop's stand-in for GitHub as a process. Hidden: the demo and tests start it. */
import { InvalidArgumentError, type Command } from 'commander';

export function registerSandbox(program: Command): void {
  program
    .command('sandbox', { hidden: true })
    .description('Run the local stand-in for GitHub')
    .requiredOption('--data <folder>', 'where it keeps everything')
    .option('--seed <file>', 'YAML or JSON of people, repositories and Apps to begin with')
    .option('--port <number>', 'on 127.0.0.1; default any free one', portNumber)
    .option('--origin <address>', 'as others call it, behind something that speaks TLS')
    .option('--limits <json>', "rate limits instead of GitHub's", limitNumbers)
    .action(
      async (options: {
        data: string;
        seed?: string;
        port?: number;
        origin?: string;
        limits?: Record<string, number>;
      }) => {
        const { runSandboxProcess } = await import('../sandbox/github/github.ts');
        const { mountPages } = await import('../sandbox/pages/of-state.ts');
        await runSandboxProcess({
          ...options,
          mount: mountPages,
          controlToken: process.env['SALLYPORT_SANDBOX_TOKEN'],
        });
      },
    );
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('A port is a number up to 65535.');
  return port;
}

function limitNumbers(text: string): Record<string, number> {
  try {
    return JSON.parse(text) as Record<string, number>;
  } catch {
    throw new InvalidArgumentError('Write JSON like {"contentPerMinute": 10000}.');
  }
}

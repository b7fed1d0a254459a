/** `sallyport keygen --out FILE`: an Ed25519 key pair for an agent, a viewer or the hub. */
import type { Command } from 'commander';
import { refusal, Refused } from '../lib/refusal.ts';

export function registerKeygen(root: Command): void {
  root
    .command('keygen')
    .description('make a key pair: the private half into a file, the public line on the screen')
    .requiredOption('--out <file>', 'where the private key goes; a file that exists is never replaced')
    .addHelpText(
      'after',
      '\nThe printed line goes into backends.yml (keys of agents) or zone.yml (the hub’s key).',
    )
    .action(async ({ out }: { out: string }) => {
      const { newKeyPair, writePrivateKey } = await import('../lib/keys.ts');
      const pair = newKeyPair();
      try {
        writePrivateKey(out, pair);
      } catch (error) {
        throw new Refused(notWritten(out, error), { cause: error });
      }
      process.stdout.write(`${pair.publicText}\n`);
    });
}

function notWritten(file: string, error: unknown) {
  if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
    return refusal(
      'key.exists',
      `${file} exists already and is not replaced.`,
      'Choose another file, or move the old key away.',
    );
  }
  const why = error instanceof Error ? error.message : String(error);
  return refusal(
    'key.not-written',
    `The key could not be written to ${file}: ${why}.`,
    'Check that the folder exists and is yours.',
  );
}

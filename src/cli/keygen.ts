/** `sallyport keygen --out FILE`: an Ed25519 key pair for an agent, a viewer, the hub or its public log. */
import type { Command } from 'commander';
import { refusal, Refused } from '../lib/refusal.ts';

export function registerKeygen(root: Command): void {
  root
    .command('keygen')
    .description('make a key pair: the private half into a file, the public line on the screen')
    .requiredOption('--out <file>', 'where the private key goes; a file that exists is never replaced')
    .option('--log <origin>', 'a key for a public log, served at this address (without https://)')
    .addHelpText(
      'after',
      `
The printed line goes into backends.yml (keys of agents) or zone.yml (the hub’s key). With --log it is the log's
verifier key, which goes to everybody who wants to check the log:

  $ sallyport keygen --log hub.example.org/log --out log.key`,
    )
    .action(async ({ out, log }: { out: string; log?: string }) => {
      const { newKeyPair, writePrivateKey } = await import('../lib/keys.ts');
      const { isKeyName, verifierKey } = await import('../ledger/ledger.ts');
      if (log !== undefined && !isKeyName(log)) throw new Refused(noOrigin(log));
      const pair = newKeyPair();
      try {
        writePrivateKey(out, pair);
      } catch (error) {
        throw new Refused(notWritten(out, error), { cause: error });
      }
      const line = log === undefined ? pair.publicText : verifierKey(log, pair.publicKey).text;
      process.stdout.write(`${line}\n`);
    });
}

function noOrigin(origin: string) {
  return refusal(
    'key.no-origin',
    `"${origin}" cannot be the address of a log: it holds spaces or +, or nothing.`,
    'Write where it is served, without the scheme: hub.example.org/log.',
  );
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

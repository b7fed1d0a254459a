/** `sallyport verify-release <folder> --keys <file>`: checks a downloaded publication, without a network. */
import type { Command } from 'commander';
import { refusal, Refused } from '../lib/refusal.ts';

export function registerVerifyRelease(root: Command): void {
  root
    .command('verify-release')
    .description('check downloaded files of a publication against what the secure zone signed')
    .argument('<folder>', 'the files of the GitHub Release, or its crate, unpacked')
    .requiredOption(
      '--keys <file>',
      "the zone's public keys (ed25519:…), one a line, from somebody you trust",
    )
    .option('--json', 'write the answer as JSON')
    .action(async (folder: string, { keys, json }: { keys: string; json?: boolean }) => {
      const { readDownload, readKeys } = await import('./verify-release-files.ts');
      const { verifyRelease } = await import('../publication/verify-release.ts');
      const known = await readKeys(keys);
      const check = verifyRelease(await readDownload(folder), known);
      const lines = json
        ? [JSON.stringify(check)]
        : [
            ...check.files.map(
              ({ path, checkers, commit }) =>
                `ok  ${path}  checked by ${checkers.join(', ')}, made at ${commit.slice(0, 12)}`,
            ),
            ...check.faults,
          ];
      process.stdout.write(`${lines.join('\n')}\n`);
      if (check.faults.length > 0)
        throw new Refused(
          refusal(
            'release.not-as-signed',
            'This is not what the zone signed.',
            'Do not rely on it; take it again from the study repository.',
          ),
        );
    });
}

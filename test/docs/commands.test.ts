/** Every command of ours that any page has people type is one, with its options; what they are called changes in one place only. */
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command, Option } from 'commander';
import { program } from '../../src/cli/program.ts';
import { splitWords } from '../../src/pipeline/pipeline.ts';

/** Made by the program itself, or about how it once was. */
const LEFT_OUT = /^docs\/(?:cli|changelog|decisions\/.*)\.md$/;
const pages = [
  'README.md',
  ...(readdirSync('docs', { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
].filter((name) => !LEFT_OUT.test(name));

/** Lines to be typed, and commands named in a sentence. */
function commandsOf(text: string): string[] {
  const typed = [...text.matchAll(/^```(?:sh|text|console)?\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  const named = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  );
  return [...typed, ...named].flatMap((line) => {
    const [, words] =
      /^(?:\$ )?(?:runuser -u \S+ -- |SALLYPORT_\w+=\S+ )?(?:sallyport|node src\/cli\/bin\.js) ([a-z-].*)$/.exec(
        line.trim(),
      ) ?? [];
    return words === undefined ? [] : [words.replace(/\s+#.*$| [>|&].*$/, '')];
  });
}

/** What is wrong with it, or nothing. */
function fault(line: string, root: Command): string | undefined {
  const words = splitWords(line.replaceAll('…', '').replaceAll(/['"]([^'"]*)$/g, '$1')) as string[];
  let command = root;
  const known: Option[] = [...root.options];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (/^-{1,2}[a-z]/.test(word)) {
      const [flag = ''] = word.split('=');
      const option = known.find(({ long, short }) => long === flag || short === flag);
      if (!option && !['--help', '--version'].includes(flag)) return `no option ${flag}`;
      if (option && (option.required || option.optional) && !word.includes('=')) at += 1;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word);
    if (next) {
      command = next;
      known.push(...next.options);
      continue;
    }
    if (command === root) return `no command ${word}`;
    // A command of commands alone takes no words of its own.
    if (command.commands.length > 0 && command.registeredArguments.length === 0 && /^[a-z]/.test(word))
      return `${command.name()} has no ${word}`;
    // What is behind the image is a program's.
    if (['exec', 'launch'].includes(command.name())) return undefined;
  }
  return undefined;
}

test.each(pages)('%s names no command and no option that does not exist', (name) => {
  const root = program();
  const found = commandsOf(readFileSync(name, 'utf8')).map((line) => [line, fault(line, root)]);
  expect(found.filter(([, wrong]) => wrong !== undefined)).toEqual([]);
});

test('what is no command is noticed, wherever it stands', () => {
  const root = program();
  const page =
    '```sh\nsallyport hub unpuase north --why x\n```\nand `sallyport agent --zone f disk --jsn`, `sallyport frob`.';
  expect(commandsOf(page).map((line) => fault(line, root))).toEqual([
    'hub has no unpuase',
    'no option --jsn',
    'no command frob',
  ]);
});

test('pages are read, and hold commands', () => {
  const all = pages.flatMap((name) => commandsOf(readFileSync(name, 'utf8')));
  expect(all.length).toBeGreaterThan(150);
});

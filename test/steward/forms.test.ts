/** The issue forms of intake and incidents: written from governance, kept by levels, never where something else lives. */
import { afterEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { formWords, issueForm, PERMISSION_FORM } from '../../src/applications/applications.ts';
import type { Repo } from '../../src/sandbox/github/state/model.ts';
import { GitHubTrouble, keepForms, type GitHubOptions } from '../../src/steward/steward.ts';
import type { FormPlace } from '../../src/steward/form-plan.ts';
import { onOneDatabase } from '../support/database.ts';
import { projectWorld, TEMPLATE, type ProjectWorld } from '../support/projects.ts';
import { REPOSITORY } from '../support/governance.ts';

const INTAKE = 9002;
const INCIDENTS = 9003;
const FOLDER = '.github/ISSUE_TEMPLATE';
const ASKED = `- id: project
  title: The project
  fields: [{id: title, kind: text, required: true, max: 200}]
`;

let world: ProjectWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

class Died extends Error {}

interface FormWorld {
  w: ProjectWorld;
  intake: Repo;
  incidents: Repo;
  /** Merges governance with these numbers, this form, and these policies. */
  governed(more?: { repos?: string; form?: string | null; drift?: string }): Promise<void>;
  keep(place?: FormPlace, around?: GitHubOptions['around']): ReturnType<typeof keepForms>;
  write(repo: Repo, files: Record<string, string | null>): Promise<void>;
  files(repo: Repo): Promise<Record<string, string>>;
  commits(repo: Repo): Promise<string[]>;
}

onOneDatabase((open) => {
  const aWorld = async (): Promise<FormWorld> => {
    const w = (world = await projectWorld(await open()));
    const { repos, people } = w.sandbox.state;
    const intake = await repos.add(w.org, 'intake', { id: INTAKE, private: true });
    const incidents = await repos.add(w.org, 'incidents', { id: INCIDENTS, private: true });
    const owner = { kind: 'person', user: people.user('olive-owner')! } as const;
    const made: FormWorld = {
      ...{ w, intake, incidents },
      async governed({ repos = `intake: ${INTAKE}, incidents: ${INCIDENTS}`, form = ASKED, drift } = {}) {
        const files = w.files((text, path) => {
          if (path === 'deployment.yml')
            return text.replace(/repos: \{/, () => `repos: {${repos}${repos && ', '}`);
          return path === 'policies.yml' && drift !== undefined ? `${text}drift: {forms: ${drift}}\n` : text;
        });
        const all = new Map<string, string | null>(files);
        all.set('forms/application.yml', form);
        await w.merge(all as Map<string, string>);
      },
      async keep(place = 'intake', around) {
        const parts = await w.steward(around);
        return keepForms(parts.keep, (await parts.governance())!, place);
      },
      async write(repo, files) {
        const done = await repos.commitFiles(owner, repo, {
          message: 'By hand',
          files: new Map(Object.entries(files)),
        });
        if ('failed' in done) throw new Error(done.message);
      },
      async files(repo) {
        const git = repos.git(repo);
        const at = git.branch(repo.defaultBranch);
        const commit = at === undefined ? undefined : await git.commitAt(at);
        const folder = commit && (await git.entry(commit.tree, FOLDER));
        const items = folder ? ((await git.tree(folder.sha)) ?? []) : [];
        const read = async ({ name, sha }: { name: string; sha: string }) =>
          [name, String(await git.blob(sha))] as const;
        return Object.fromEntries(await Promise.all(items.map(read)));
      },
      async commits(repo) {
        const git = repos.git(repo);
        const messages: string[] = [];
        for (let at = git.branch(repo.defaultBranch); at !== undefined; ) {
          const commit = (await git.commitAt(at))!;
          messages.unshift(commit.message.split('\n')[0]!);
          at = commit.parents[0];
        }
        return messages;
      },
    };
    await made.governed();
    return made;
  };
  const KEEP = 'Keep the issue forms as governance says';
  const codes = ({ refused }: Awaited<ReturnType<typeof keepForms>>): string[] =>
    refused.map(({ refusal }) => refusal.code);
  const found = ({ drift }: Awaited<ReturnType<typeof keepForms>>): string[] => drift.map((one) => one.found);

  test('forms are written as governance in force says, in one commit, and again only when it says otherwise', async () => {
    const { w, intake, incidents, governed, keep, write, files, commits } = await aWorld();
    const theirs = { 'README.md': '# Apply\n', [`${FOLDER}/question.yml`]: 'name: A question\n' };
    await write(intake, { ...theirs, [`${FOLDER}/application.yml`]: 'name: Saved by hand, long ago\n' });

    expect([await keep(), await keep('incidents')]).toMatchObject([
      { deeds: ['forms-set'], drift: [], refused: [], whole: true },
      { deeds: ['forms-set'], drift: [], refused: [], whole: true },
    ]);
    const g = (await (await w.steward()).governance())!;
    const made = await files(intake);
    expect(Object.keys(made)).toEqual(['application.yml', 'permission.yml', 'question.yml']);
    const form = g.forms.find(({ id }) => id === 'application')!;
    expect(parse(made['application.yml']!)).toEqual(parse(issueForm(form, formWords.application)));
    expect(parse(made['permission.yml']!)).toEqual(parse(issueForm(PERMISSION_FORM, formWords.permission)));
    expect(made['application.yml']).toMatch(/^# Made by the steward from forms\/application\.yml /);
    const copied = readFileSync(new URL('../../docs/forms/breach.yml', import.meta.url), 'utf8');
    expect(parse((await files(incidents))['breach.yml']!)).toEqual(parse(copied));
    expect([await commits(intake), await commits(incidents)]).toEqual([['By hand', KEEP], ['Begin']]);
    expect([(await keep()).deeds, (await keep('incidents')).deeds]).toEqual([[], []]);

    await governed({ form: ASKED.replace('The project', 'What it is about') });
    expect((await keep()).deeds).toEqual(['forms-set']);
    expect((await files(intake))['application.yml']).toContain('What it is about');
    // Nobody is to fill in what governance does not have any more.
    await governed({ form: null });
    expect((await keep()).deeds).toEqual(['forms-set']);
    expect(Object.keys(await files(intake))).toEqual(['permission.yml', 'question.yml']);
    expect(await commits(intake)).toEqual(['By hand', KEEP, KEEP, KEEP]);
    expect((await keep()).deeds).toEqual([]);
  });

  test('what is changed there by hand is put back and told as a deed, or only told, as policy says', async () => {
    const { w, intake, governed, keep, write, files } = await aWorld();
    await keep();
    const before = await files(intake);
    const mine = { [`${FOLDER}/application.yml`]: 'name: Mine\n', [`${FOLDER}/permission.yml`]: null };
    await write(intake, mine);
    expect(await keep()).toMatchObject({ deeds: ['forms-set'], drift: [] });
    expect(await files(intake)).toEqual(before);
    const { keep: kept } = await w.steward();
    expect(kept.book.waiting('intake')).toMatchObject([
      { deed: 'forms-set', repository: INTAKE, sure: true },
      { deed: 'forms-set', repository: INTAKE, sure: true },
    ]);

    await governed({ drift: 'report' });
    await write(intake, mine);
    for (const _time of [1, 2])
      expect([await keep()].map((one) => [one.deeds, found(one)])).toEqual([[[], ['form-differs']]]);
    expect(await files(intake)).toEqual({ 'application.yml': 'name: Mine\n' });
    // What governance itself changes is carried out all the same, also back to what it said before.
    await governed({ drift: 'report', form: ASKED.replace('The project', 'Another') });
    expect((await keep()).deeds).toEqual(['forms-set']);
    await governed({ drift: 'report' });
    expect((await keep()).deeds).toEqual(['forms-set']);
    expect(await files(intake)).toEqual(before);
  });

  test('nothing is written to a repository that is gone, archived, elsewhere, or named for something else', async () => {
    const { w, intake, governed, keep, commits } = await aWorld();
    const never = async (): Promise<unknown> => {
      const kept = await keep();
      return [kept.deeds, kept.drift, kept.whole, codes(kept)];
    };
    const refused = (code: string): unknown => [[], [], true, [`steward.${code}`]];
    const at = (numbers: string) => governed({ repos: numbers });
    await at('intake: 99999');
    expect(await never()).toEqual(refused('forms-gone'));
    for (const other of [TEMPLATE, REPOSITORY, 9005]) {
      await at(`intake: ${other}`);
      expect([other, await never()]).toEqual([other, refused('forms-elsewhere')]);
    }
    await at(`intake: ${INTAKE}, incidents: ${INTAKE}`);
    expect(await never()).toEqual(refused('forms-elsewhere'));
    await at('intake: 9001');
    expect(await never()).toEqual(refused('forms-elsewhere'));
    await at('');
    expect(await never()).toEqual([[], [], true, []]);

    await governed();
    intake.archived = true;
    expect(await never()).toEqual(refused('forms-archived'));
    intake.archived = false;
    const owner = intake.owner;
    intake.owner = w.sandbox.state.people.user('olive-owner')!.id;
    expect(await never()).toEqual(refused('forms-gone'));
    intake.owner = owner;
    expect(await commits(intake)).toEqual([]);
    // By its number, whatever it is called.
    intake.name = 'where-people-apply';
    expect((await keep()).deeds).toEqual(['forms-set']);
  });

  test('a branch that does not take the commit is told, and so is nothing that was merely overtaken', async () => {
    const { intake, keep, write, files, commits } = await aWorld();
    await write(intake, { 'README.md': '# Apply\n' });
    const rulesets: NonNullable<Repo['rulesets']> = new Map([
      [
        1,
        {
          ...{ id: 1, name: 'Not the steward', target: 'branch' as const },
          ...{ enforcement: 'active' as const, bypass_actors: [], createdAt: 0, updatedAt: 0 },
          conditions: { ref_name: { include: ['~ALL'], exclude: [] } },
          rules: [{ type: 'update' as const }],
        },
      ],
    ]);
    intake.rulesets = rulesets;
    const kept = await keep();
    expect([kept.deeds, found(kept), codes(kept), await files(intake)]).toEqual([
      [],
      ['form-differs'],
      ['steward.forms-protected'],
      {},
    ]);
    rulesets.clear();
    let pushed = false;
    const overtaken = await keep('intake', async (call, work) => {
      if (call === 'form-move' && !pushed) {
        pushed = true;
        await write(intake, { 'README.md': '# Apply here\n' });
      }
      return work();
    });
    expect([overtaken.deeds, overtaken.drift, overtaken.passing, codes(overtaken)]).toEqual([
      [],
      [],
      true,
      ['steward.github'],
    ]);
    expect((await keep()).deeds).toEqual(['forms-set']);
    expect(await commits(intake)).toEqual(['By hand', 'By hand', KEEP]);
  });

  test('cut off at any call, also in an empty repository, the next look finishes', async () => {
    const { w, intake, keep, files, commits } = await aWorld();
    for (let n = 1; ; n += 1) {
      let calls = 0;
      let died = false;
      await keep('intake', async (call, work) => {
        const done = await work();
        if (call.startsWith('form-') && (calls += 1) === n) {
          died = true;
          throw new Died();
        }
        return done;
      }).catch((error: unknown) => {
        if (!(error instanceof Died)) throw error;
      });
      if (!died) break;
      expect(n).toBeLessThan(30);
    }
    expect(Object.keys(await files(intake))).toEqual(['application.yml', 'permission.yml']);
    expect(await commits(intake)).toEqual(['Begin', KEEP]);
    // What nobody heard the answer of is told as unsure.
    const { keep: kept } = await w.steward();
    expect(kept.book.waiting('intake').map(({ sure }) => sure)).toContain(false);
    const away = await keep('intake', async (call, work) => {
      if (call === 'form-head') throw new GitHubTrouble(call, 502);
      return work();
    });
    expect([away.whole, away.passing, away.drift]).toEqual([false, true, []]);
  });
});

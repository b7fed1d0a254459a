import { noteSaved, noteTag } from '../../registry/registry.ts';
import type { ResultRule } from './results.ts';

export const codelistTagged: ResultRule<'codelist-tag'> = {
  async done(room, tx, { payload: { line } }) {
    await noteTag(tx, line, { at: room.clock.now() });
  },
  async refused(_room, tx, { payload: { line } }, { code }) {
    await noteTag(tx, line, { refused: code });
  },
};

export const codelistProposed: ResultRule<'codelist-pull'> = {
  async done(room, tx, { payload: { draft } }, result) {
    const said =
      result.state === 'open'
        ? { pull: result.pull, url: result.url }
        : { refused: 'Its pull request was merged or closed.' };
    await noteSaved(tx, draft, said, room.clock.now());
  },
  async refused(room, tx, { payload: { draft } }, { says, next }) {
    await noteSaved(tx, draft, { refused: [says, next].filter(Boolean).join(' ') }, room.clock.now());
  },
};

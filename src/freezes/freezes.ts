/**
 * What stands still by governance's word. The hub owns the fact; GitHub and the site show it, and every zone
 * keeps a copy of its own, which holds without the hub.
 */
export {
  freeze,
  hearFreezes,
  unfreeze,
  type Asker,
  type FreezeOrder,
  type FreezesDeps,
  type Unfrozen,
} from './change.ts';
export { freezesOn, frozen, frozenAt, frozenRefusal, type FreezeView } from './on.ts';
export { actsAfter, freezesFor } from './told.ts';

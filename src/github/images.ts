/** Images of a pipeline on a backend, and the actions whose image may not run there: those fail alone. */
import { imageFor, type Backend, type Governance } from '../governance/governance.ts';
import { isRefusal } from '../lib/refusal.ts';
import type { ZoneReason } from '../protocol/protocol.ts';
import type { Effective } from './reusable-actions.ts';

export function imagesFor(
  governance: Governance,
  { pipeline, problems }: Effective,
  backend: Backend,
  at: number,
): { images: Record<string, string>; faults: Record<string, ZoneReason> } {
  const images: [string, string][] = [];
  const faults: [string, ZoneReason][] = [];
  for (const action of pipeline.actions) {
    if (problems.has(action.name)) {
      faults.push([action.name, 'reusable-action-not-allowed']);
      continue;
    }
    const found = imageFor(governance, action.image, { backend, at, database: action.isDatabase });
    if (isRefusal(found)) faults.push([action.name, 'image-not-allowed']);
    else images.push([action.name, `${found.image}@${found.digest ?? found.imageId ?? ''}`]);
  }
  return { images: Object.fromEntries(images), faults: Object.fromEntries(faults) };
}

/** The pages that are not about reviewing. */
import type { Routes } from '../parts.ts';
import { auditRoutes } from './audit-routes.tsx';
import { docsRoutes } from './docs-routes.tsx';
import { editRoutes } from './edit-routes.tsx';
import { homeRoutes } from './home-routes.tsx';
import { operationsRoutes } from './operations-routes.tsx';
import { pickRoutes } from './pick-routes.tsx';
import { Selections } from './selections.ts';
import { workspaceRoutes } from './workspace-routes.tsx';

export const ownRoutes: Routes = (pages, parts) => {
  const selections = new Selections();
  homeRoutes(pages, parts);
  workspaceRoutes(pages, parts, selections);
  pickRoutes(pages, parts, selections);
  editRoutes(pages, parts);
  operationsRoutes(pages, parts);
  auditRoutes(pages, parts);
  docsRoutes(pages, parts);
};

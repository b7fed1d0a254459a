/**
 * The issue forms of the intake repository, made from governance in force: the steward keeps them below
 * `.github/ISSUE_TEMPLATE` there, or an admin where it is to leave them. Questions are no secret; answers are.
 */
import { Router } from 'express';
import { formWords, issueForm, PERMISSION_FORM } from './applications/applications.ts';
import type { Form, Governance } from './governance/governance.ts';

/** `/forms/<name>.yml` for each form in force, and for the request for a permission. */
export function formRoutes(governance: () => Governance | undefined): Router {
  const pages = Router();
  pages.get('/forms/:name.yml', (request, response, next) => {
    const form = formNamed(governance(), request.params.name);
    if (!form) return next();
    const text = issueForm(form, form === PERMISSION_FORM ? formWords.permission : formWords.application);
    response
      .set({ 'cache-control': 'public, max-age=60', 'x-content-type-options': 'nosniff' })
      .type('text/yaml; charset=utf-8')
      .send(text);
  });
  return pages;
}

function formNamed(g: Governance | undefined, name: string): Form | undefined {
  return name === PERMISSION_FORM.id ? PERMISSION_FORM : g?.forms.find(({ id }) => id === name);
}

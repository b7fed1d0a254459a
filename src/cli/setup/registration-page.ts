/** The page from which a person registers an App. No script: one form, one button, and what it will ask for. */
import type { AppForm } from './role.ts';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1f2328}h1{font-size:1.4rem}' +
  'button{font:inherit;padding:.5rem 1.2rem;border:1px solid #1a7f37;border-radius:6px;background:#1f883d;color:#fff;cursor:pointer}' +
  'table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #d1d9e0;padding:.3rem .8rem;text-align:left}code{font-size:.9em}';

const document = (title: string, body: string): string =>
  `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head>\n` +
  `<body>\n<main>\n${body}\n</main>\n</body>\n</html>\n`;

/** back: where GitHub sends the browser afterwards. */
export function registerPage(
  { github, organisation, manifest, title }: AppForm,
  state: string,
  back: string,
): string {
  const sent = JSON.stringify({ ...manifest, redirect_url: back });
  const action = `${github}/organizations/${organisation}/settings/apps/new?state=${state}`;
  const rights = Object.entries((manifest['default_permissions'] ?? {}) as Record<string, string>)
    .map(([name, level]) => `<tr><td><code>${escaped(name)}</code></td><td>${escaped(level)}</td></tr>`)
    .join('');
  return document(
    title,
    `<h1>${escaped(title)}</h1>
<p>GitHub shows what the App is called and asks you once more. You have to be an owner of <strong>${escaped(organisation)}</strong> there.
Afterwards the browser is sent to <code>${escaped(back)}</code>; if that page does not open, copy its whole address into the terminal.</p>
<table><tr><th>permission</th><th>level</th></tr>${rights}</table>
<form method="post" action="${escaped(action)}">
<input type="hidden" name="manifest" value="${escaped(sent)}">
<button>Register on ${escaped(new URL(github).host)}</button>
</form>`,
  );
}

export const thanksPage = (text: string): string => document('Sallyport', `<h1>${escaped(text)}</h1>`);

/** Says that the page drew the file of this load: once, whatever asks for it. Answers whether that counted. */

const reported = new Set<string>();

export async function reportShown(load: string, csrf: string): Promise<boolean> {
  if (reported.has(load)) return true;
  reported.add(load);
  const answer = await fetch('/shown', {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'x-csrf-token': csrf,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ load }),
    redirect: 'error',
  });
  if (!answer.ok) return false;
  return ((await answer.json()) as { shown?: boolean }).shown === true;
}

/** Says that the page drew the file of this load: once, whatever asks for it. */

const reported = new Set<string>();

export async function reportShown(load: string, csrf: string): Promise<void> {
  if (reported.has(load)) return;
  reported.add(load);
  const answer = await fetch('/shown', {
    method: 'POST',
    headers: { 'x-csrf-token': csrf, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ load }),
    redirect: 'error',
  });
  if (!answer.ok) throw new Error(`the viewer answered ${answer.status}`);
}

/** Passkeys: the two forms that need the browser's help. */
import { startAuthentication, startRegistration } from '@simplewebauthn/browser';

/** What each form asks for before it is sent. */
const ASK = {
  'sign-in': (optionsJSON: never) => startAuthentication({ optionsJSON }),
  enrol: (optionsJSON: never) => startRegistration({ optionsJSON }),
} as const;

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) {
  const kind = form.dataset['passkey'] === 'enrol' ? 'enrol' : 'sign-in';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void answer(form, kind);
  });
}

async function answer(form: HTMLFormElement, kind: keyof typeof ASK): Promise<void> {
  const says = form.querySelector('[data-passkey-says]');
  const tell = (text: string) => {
    if (says) says.textContent = text;
  };
  tell('Waiting for your passkey …');
  try {
    const asked = await fetch(`${form.action}/options`, {
      method: 'POST',
      headers: { 'x-csrf-token': field(form, '_token').value },
      body: new URLSearchParams(),
      redirect: 'error',
    });
    if (!asked.ok) throw new Error(`the viewer answered ${asked.status}`);
    field(form, 'answer').value = JSON.stringify(await ASK[kind]((await asked.json()) as never));
  } catch (error) {
    const cancelled = error instanceof Error && error.name === 'NotAllowedError';
    return tell(
      cancelled
        ? 'No passkey was used. Try again when you are ready.'
        : 'This browser could not use a passkey here.',
    );
  }
  tell('');
  form.submit();
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}

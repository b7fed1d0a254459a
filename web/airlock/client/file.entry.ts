/** Every file view of the page. */
import { mountFile } from './file.ts';

for (const root of document.querySelectorAll<HTMLElement>('[data-viewer]')) void mountFile(root);

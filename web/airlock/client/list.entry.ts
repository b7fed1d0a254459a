/** Lists with a search. */
import { liveSearch } from './live-search.ts';

const form = document.querySelector<HTMLFormElement>('form[data-search]');
if (form) liveSearch(form);

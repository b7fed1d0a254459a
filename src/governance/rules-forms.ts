/** Rules of forms: every id once, every choice has its options, every condition asks what was asked before. */
import { BECOMES_PERSON, type Condition, type Field, type Form } from './files/forms.ts';
import { spot, type Finding, type Placed, type Rule } from './facts.ts';
import type { Path } from './source.ts';
import { words } from './words.ts';

const CHOSEN = ['choice', 'choices'];

export const formsAreWhole: Rule = (facts) => facts.forms.flatMap(checkForm);

/** What was asked so far, by id; a page sees the pages before it, a field also those before it on its page. */
type Asked = Map<string, Field>;

function checkForm(placed: Placed<Form>): Finding[] {
  const pages = new Set<string>();
  const asked: Asked = new Map();
  const whole = placed.value.pages.flatMap((page, index) => {
    const { source } = placed;
    const again = pages.has(page.id);
    pages.add(page.id);
    return [
      ...(again ? [source.at([index, 'id'], 'governance.duplicate-id', words.twice('page', page.id))] : []),
      ...conditionFits(placed, page.showIf, [index, 'show_if'], asked),
      ...checkFields(placed, page.fields, [index, 'fields'], asked),
    ];
  });
  return [...whole, ...checkBecomes(placed)];
}

/** What an answer becomes is public, is asked once, and is of a person where persons are asked for. */
function checkBecomes({ value, source }: Placed<Form>): Finding[] {
  const given = new Set<string>();
  const look = (field: Field, path: Path, group?: Field): Finding[] => {
    const { becomes } = field;
    const at = (code: string, text: string) => source.at([...path, 'becomes'], code, text);
    const found = field.fields.flatMap((inner, index) => look(inner, [...path, 'fields', index], field));
    if (!becomes) return found;
    if (given.has(becomes)) found.push(at('governance.duplicate-id', words.twice('use', becomes)));
    given.add(becomes);
    if (field.private || group?.private)
      found.push(at('governance.form-private', words.formPrivate(becomes)));
    const ofPerson = BECOMES_PERSON.some((each) => each === becomes);
    const fits =
      ofPerson === (group?.becomes === 'members') && (becomes === 'members') === (field.kind === 'group');
    return fits ? found : [...found, at('governance.form-becomes', words.formBecomes(becomes))];
  };
  return value.pages.flatMap((page, index) =>
    page.fields.flatMap((field, at) => look(field, [index, 'fields', at])),
  );
}

function checkFields(placed: Placed<Form>, fields: readonly Field[], path: Path, asked: Asked): Finding[] {
  return fields.flatMap((field, index) => {
    const at = [...path, index];
    const finding = (more: Path, code: string, text: string): Finding =>
      spot(placed).source.at([...at, ...more], code, text);
    const found = conditionFits(placed, field.showIf, [...at, 'show_if'], asked);
    if (asked.has(field.id))
      found.push(finding(['id'], 'governance.duplicate-id', words.twice('field', field.id)));
    asked.set(field.id, field);
    if (CHOSEN.includes(field.kind) !== field.options.length > 0)
      found.push(finding(['kind'], 'governance.form-options', words.formOptions(field.kind)));
    if ((field.kind === 'group') !== field.fields.length > 0)
      found.push(finding(['kind'], 'governance.form-group', words.formGroup(field.kind)));
    // What a group asks is asked once for each entry: nothing outside of it can depend on it.
    return [...found, ...checkFields(placed, field.fields, [...at, 'fields'], new Map(asked))];
  });
}

function conditionFits(
  placed: Placed<Form>,
  condition: Condition | undefined,
  path: Path,
  asked: Asked,
): Finding[] {
  return (condition?.of ?? []).flatMap(({ field, is }) => {
    const known = asked.get(field);
    if (!known) return [placed.source.at(path, 'governance.unknown-reference', words.notAskedBefore(field))];
    const fits = CHOSEN.includes(known.kind)
      ? known.options.includes(String(is))
      : known.kind !== 'yes_no' || typeof is === 'boolean';
    return fits
      ? []
      : [placed.source.at(path, 'governance.form-answer', words.neverAnswered(field, String(is)))];
  });
}

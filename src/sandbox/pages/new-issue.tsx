/** A new issue: choosing a form, answering it, or writing freely. */
import type { VNode } from 'preact';
import { fieldName, type Answers, type Field, type FormElement, type IssueForm } from './issue-form.ts';
import { Hidden, Layout, type View } from './layout.tsx';
import { Markdown } from './markdown.tsx';

export type Template = IssueForm | { file: string; faults: string[] };

export function ChooseTemplate(props: {
  view: View;
  repo: string;
  templates: Template[];
  blank: boolean;
}): VNode {
  const { view, repo, templates, blank } = props;
  return (
    <Layout view={view} title={`New issue · ${repo}`} repo={repo} tab="issues">
      <h1 class="f3 mb-3">New issue</h1>
      <div class="Box" data-testid="templates">
        {templates.map((one) =>
          'faults' in one ? (
            <div class="Box-row" data-testid={`broken ${one.file}`}>
              <code>{one.file}</code> is not a valid form: {one.faults.join('; ')}
            </div>
          ) : (
            <div class="Box-row">
              <a
                class="text-bold"
                href={`/${repo}/issues/new?template=${encodeURIComponent(one.file)}`}
                data-testid={`template ${one.file}`}
              >
                {one.name}
              </a>
              <div class="color-fg-muted text-small">{one.description}</div>
            </div>
          ),
        )}
        {blank ? (
          <div class="Box-row">
            <a href={`/${repo}/issues/new`} data-testid="blank-issue">
              Blank issue
            </a>
          </div>
        ) : null}
      </div>
    </Layout>
  );
}

export function NewIssue({ view, repo, title }: { view: View; repo: string; title: string }): VNode {
  return (
    <Frame view={view} repo={repo} heading="New issue">
      <TitleBox value={title} />
      <label for="body">Text</label>
      <textarea class="form-control width-full" name="body" id="body" rows={8} data-testid="issue-body" />
    </Frame>
  );
}

export function AnswerForm(props: {
  view: View;
  repo: string;
  form: IssueForm;
  title: string;
  answers: Answers;
  missing: string[];
}): VNode {
  const { view, repo, form, title, answers, missing } = props;
  return (
    <Frame view={view} repo={repo} heading={form.name}>
      {missing.length > 0 ? (
        <div class="flash flash-error mb-3" role="alert" data-testid="form-error">
          Required: {missing.join(', ')}
        </div>
      ) : null}
      <input type="hidden" name="template" value={form.file} />
      <TitleBox value={title} />
      {form.body.map((element) => (
        <ElementBox
          element={element}
          name={fieldName(form, element)}
          given={answers.get(fieldName(form, element))}
        />
      ))}
    </Frame>
  );
}

function Frame(props: {
  view: View;
  repo: string;
  heading: string;
  children: preact.ComponentChildren;
}): VNode {
  const { view, repo, heading, children } = props;
  return (
    <Layout view={view} title={`${heading} · ${repo}`} repo={repo} tab="issues">
      <h1 class="f3 mb-3">{heading}</h1>
      {view.session.login ? (
        <form method="post" action={`/${repo}/issues/new`} data-testid="issue-form" novalidate>
          <Hidden view={view} />
          <input type="hidden" name="back" value={view.here} />
          {children}
          <div class="mt-2">
            <button class="btn btn-primary" type="submit" data-testid="issue-submit">
              Submit new issue
            </button>
          </div>
        </form>
      ) : (
        <p class="color-fg-muted">Choose who you are (top right) to open an issue.</p>
      )}
    </Layout>
  );
}

function TitleBox({ value }: { value: string }): VNode {
  return (
    <>
      <label for="title">Title</label>
      <input
        class="form-control width-full mb-2"
        name="title"
        id="title"
        value={value}
        required
        data-testid="issue-title"
      />
    </>
  );
}

function ElementBox(props: {
  element: FormElement;
  name: string;
  given: readonly string[] | undefined;
}): VNode {
  const { element, name, given } = props;
  if (element.type === 'markdown') return <Markdown text={element.attributes.value} />;
  const { label, description } = element.attributes;
  if (element.type === 'checkboxes') return <Checkboxes field={element} name={name} given={given ?? []} />;
  return (
    <div class="mt-3">
      <label for={`f-${name}`} class="text-bold d-block">
        {label}
        {element.validations?.required ? ' *' : ''}
      </label>
      {description ? <Markdown text={description} /> : null}
      <Control field={element} name={name} given={given} />
    </div>
  );
}

function Control(props: {
  field: Exclude<Field, { type: 'checkboxes' }>;
  name: string;
  given: readonly string[] | undefined;
}): VNode {
  const { field, name, given } = props;
  const shared = { name: `f.${name}`, id: `f-${name}`, 'data-testid': `field ${name}` };
  if (field.type === 'dropdown') {
    const { options, multiple, default: preset } = field.attributes;
    const chosen = given ?? options.slice(preset ?? options.length, (preset ?? options.length) + 1);
    return (
      <select class="form-select" multiple={multiple ?? false} {...shared}>
        {multiple ? null : <option value="">None</option>}
        {options.map((option) => (
          <option value={option} selected={chosen.includes(option)}>
            {option}
          </option>
        ))}
      </select>
    );
  }
  const value = given?.[0] ?? field.attributes.value ?? '';
  const { placeholder } = field.attributes;
  return field.type === 'input' ? (
    <input class="form-control width-full" value={value} placeholder={placeholder} {...shared} />
  ) : (
    <textarea class="form-control width-full" rows={6} placeholder={placeholder} {...shared}>
      {value}
    </textarea>
  );
}

function Checkboxes(props: {
  field: Extract<Field, { type: 'checkboxes' }>;
  name: string;
  given: readonly string[];
}): VNode {
  const { field, name, given } = props;
  return (
    <fieldset class="mt-3" data-testid={`field ${name}`}>
      <legend class="text-bold">{field.attributes.label}</legend>
      {field.attributes.description ? <Markdown text={field.attributes.description} /> : null}
      {field.attributes.options.map((option, index) => (
        <div>
          <input
            type="checkbox"
            name={`f.${name}`}
            value={option.label}
            id={`f-${name}-${index}`}
            checked={given.includes(option.label)}
          />{' '}
          <label for={`f-${name}-${index}`}>
            {option.label}
            {option.required ? ' *' : ''}
          </label>
        </div>
      ))}
    </fieldset>
  );
}

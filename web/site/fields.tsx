/** Fields of a form that filters a list: what each means above it, the present filter in it. */
import type { VNode } from 'preact';

export function Text(props: {
  name: string;
  label: string;
  value: string | undefined;
  day?: boolean;
}): VNode {
  const { name, label, value = '', day } = props;
  const common = { class: 'form-control', id: `f-${name}`, name, value };
  return (
    <span>
      <label class="d-block text-small" for={common.id}>
        {label}
      </label>
      {day ? <input {...common} type="date" /> : <input {...common} type="text" maxLength={100} />}
    </span>
  );
}

/** Without a choice, all. */
export function Choice(props: {
  name: string;
  label: string;
  value: string | undefined;
  options: readonly (readonly [value: string, says: string])[];
}): VNode {
  return (
    <span>
      <label class="d-block text-small" for={`f-${props.name}`}>
        {props.label}
      </label>
      <select class="form-select" id={`f-${props.name}`} name={props.name}>
        <option value="">all</option>
        {props.options.map(([value, says]) => (
          <option value={value} selected={value === props.value}>
            {says}
          </option>
        ))}
      </select>
    </span>
  );
}

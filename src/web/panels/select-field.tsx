interface SelectFieldProps<Value extends string> {
  readonly label: string;
  readonly hint?: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, text: string])[];
  readonly onChange: (value: Value) => void;
}

/** The system's own list: it is better on a phone than any of ours. */
export function SelectField<Value extends string>({
  label,
  hint,
  value,
  options,
  onChange,
}: SelectFieldProps<Value>) {
  return (
    <label className="setting">
      <span className="setting-text">
        <span className="setting-name">{label}</span>
        {hint && <span className="setting-hint">{hint}</span>}
      </span>
      <select
        className="select"
        value={value}
        onChange={(event) => {
          const chosen = options.find(([option]) => option === event.target.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

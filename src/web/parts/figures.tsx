interface FigureProps {
  readonly value: string;
  readonly label: string;
}

/** Numbers to be taken in at a glance, each over its name. */
export function Figures({ figures }: { readonly figures: readonly FigureProps[] }) {
  return (
    <dl className="figures">
      {figures.map(({ value, label }) => (
        <div key={label} className="figure">
          <dt className="figure-label">{label}</dt>
          <dd className="figure-value">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

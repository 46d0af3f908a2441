import { type ConfigEntry, compareConfigs, type RunSummary } from '@unfold-zoo/explore/view';
import { useState } from 'preact/hooks';
import { ask } from '../parts/ask.js';
import { Problem } from '../parts/picture.js';
import { Scroll } from '../parts/scroll.js';
import { useAnswer } from '../parts/use-answer.js';

/** Two configs side by side; what differs stands out. */
export function ConfigComparison({ runs: [a, b] }: { readonly runs: readonly [RunSummary, RunSummary] }) {
  const [all, setAll] = useState(false);
  const { value, problem } = useAnswer(
    (signal) => Promise.all([a, b].map(({ id }) => ask<ConfigEntry[]>('config', { run: id }, signal))),
    [a.id, b.id],
  );
  const entries = value ? compareConfigs(value[0]!, value[1]!) : [];
  const different = entries.filter(({ differs }) => differs);
  const title = `Configs: ${different.length} of ${entries.length} values differ`;
  return (
    <section aria-label="Configs side by side">
      <h3>{title}</h3>
      <Problem text={problem} />
      <label>
        <input type="checkbox" checked={all} onChange={() => setAll(!all)} />
        Show values that are the same
      </label>
      <Scroll title={title}>
        <table class="config">
          <thead>
            <tr>
              <th scope="col">Value</th>
              <th scope="col">{a.label}</th>
              <th scope="col">{b.label}</th>
            </tr>
          </thead>
          <tbody>
            {(all ? entries : different).map(({ path, values, differs }) => (
              <tr key={path} class={all && differs ? 'differs' : ''}>
                <th scope="row">{path}</th>
                <td>{values[0] ?? '–'}</td>
                <td>{values[1] ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

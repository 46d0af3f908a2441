import type { RunSummary, TrustView } from '@unfold-zoo/explore/view';
import { ask } from '../parts/ask.js';
import { Problem } from '../parts/picture.js';
import { usePlace } from '../parts/place.js';
import { RunPicker } from '../parts/run-picker.js';
import { SortableTable } from '../parts/sortable-table.js';
import { useAnswer } from '../parts/use-answer.js';
import { QuantityTrust } from './quantity-trust.js';

/** Whether posteriors of single events can be trusted: the verdicts of a diagnosis, and what is behind each. */
export function TrustPage() {
  const { values, go } = usePlace();
  return (
    <>
      <h2>Trust</h2>
      <RunPicker chosen={values['runs'] ?? ''} most={1} onChoose={(runs) => go({ runs, quantity: '' })}>
        {([run]) => <TrustOfRun run={run!} />}
      </RunPicker>
    </>
  );
}

function TrustOfRun({ run }: { readonly run: RunSummary }) {
  const { values, go } = usePlace();
  const { value, problem } = useAnswer((signal) => ask<TrustView>('trust', { run: run.id }, signal), [run.id]);
  if (problem !== undefined) return <Problem text={problem} />;
  if (!value) return <p>Opening the run…</p>;
  const quantity = values['quantity'] ?? '';
  const file = value.files.find(({ name }) => name === values['draws']) ?? value.files[0];
  return (
    <>
      {quantity !== '' && file && <QuantityTrust run={run} quantity={quantity} draws={file.name} />}
      {quantity !== '' && !file && <p>There are no draws to take ranks from: unfold diagnose makes them.</p>}
      {value.verdicts.length === 0 ? (
        <p>
          {run.label} has not been diagnosed. <code>unfold diagnose</code> with its folder draws many times for many
          events and judges every quantity.
        </p>
      ) : (
        <>
          <p>
            Verdicts of {value.draws} draws for each of {value.events?.toLocaleString()} events. Press a quantity to see
            its ranks, its coverage and the events behind it.
          </p>
          <SortableTable
            title={`Can I trust ${run.label}?`}
            rows={value.verdicts}
            keyOf={({ quantity, diagnostic }) => `${quantity} ${diagnostic}`}
            columns={[
              {
                title: 'Quantity',
                cell: ({ quantity }) => quantity,
                show: ({ quantity, key }) =>
                  key === undefined ? (
                    quantity
                  ) : (
                    <button type="button" onClick={() => go({ quantity: key })}>
                      {quantity}
                    </button>
                  ),
              },
              {
                title: 'Verdict',
                cell: ({ status }) => status,
                show: ({ status }) => <span class={status === 'bad' ? 'bad' : ''}>{status}</span>,
              },
              { title: 'How bad', cell: ({ badness }) => badness },
              { title: 'By', cell: ({ diagnostic }) => diagnostic },
              { title: 'In words', cell: ({ text }) => text, isText: true },
            ]}
          />
        </>
      )}
    </>
  );
}

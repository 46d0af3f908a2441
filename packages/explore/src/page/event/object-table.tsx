import type { Change, DetectorObject } from '@unfold-zoo/explore/view';
import { Scroll } from '../parts/scroll.js';
import { TypedInput } from '../parts/typed-input.js';

interface ObjectTableProps {
  readonly objects: readonly DetectorObject[];
  readonly isChanged: boolean;
  /** Absent where the event cannot be changed. */
  readonly onChange: ((object: DetectorObject, change: Change) => void) | undefined;
  readonly onReset: () => void;
}

const STEPS = { pt: 1, eta: 0.05, phi: 0.05 } as const;
const TITLES = { pt: 'pT [GeV]', eta: 'η', phi: 'φ [rad]' } as const;

/** What the detector saw, in numbers that can be changed by keyboard. */
export function ObjectTable({ objects, isChanged, onChange, onReset }: ObjectTableProps) {
  if (objects.length === 0) return null;
  return (
    <section aria-label="Objects of the detector">
      <Scroll title="What the detector saw">
        <table>
          <caption>What the detector saw{isChanged && ', changed'}</caption>
          <thead>
            <tr>
              <th scope="col">Object</th>
              {Object.values(TITLES).map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {objects.map((object, i) => (
              <tr key={`${object.input} ${i}`}>
                <th scope="row">{`${i + 1}. ${object.label}`}</th>
                {(['pt', 'eta', 'phi'] as const).map((quantity) => (
                  <td key={quantity}>{cellOf(object, i, quantity, onChange)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {onChange ? (
        <div class="actions">
          <button type="button" disabled={!isChanged} onClick={onReset}>
            Back to what was seen
          </button>
        </div>
      ) : (
        <p class="status">
          The features of this topology do not tell the objects' columns: they cannot be changed here.
        </p>
      )}
    </section>
  );
}

function cellOf(
  object: DetectorObject,
  index: number,
  quantity: keyof typeof STEPS,
  onChange: ObjectTableProps['onChange'],
) {
  const value = object[quantity];
  if (value === undefined) return '–';
  const shown = value.toFixed(quantity === 'pt' ? 1 : 3);
  if (!onChange || object.place?.columns[quantity] === undefined) return shown;
  return (
    <TypedInput
      type="number"
      step={STEPS[quantity]}
      {...(quantity === 'pt' && { min: 1 })}
      value={shown}
      aria-label={`${TITLES[quantity]} of ${index + 1}. ${object.label}`}
      onDone={({ valueAsNumber }) => onChange(object, { [quantity]: valueAsNumber })}
    />
  );
}

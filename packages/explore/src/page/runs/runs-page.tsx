import type { RunSummary } from '@unfold-zoo/explore/view';
import { useState } from 'preact/hooks';
import { ask } from '../parts/ask.js';
import { Problem } from '../parts/picture.js';
import { linkTo } from '../parts/place.js';
import { type Column, SortableTable } from '../parts/sortable-table.js';
import { useAnswer, useTicks } from '../parts/use-answer.js';
import { ConfigComparison } from './config-comparison.js';
import { Losses } from './losses.js';
import type { RunList } from './run-list.js';

/** Seconds between two looks at the folders. */
const LOOKS = 3;

/** All runs and benchmarks, with the losses and configs of those that are chosen. */
export function RunsPage() {
  const tick = useTicks(LOOKS);
  const { value, problem } = useAnswer((signal) => ask<RunList>('runs', {}, signal), [tick]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const toggle = (id: string): void =>
    setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id].slice(-2));
  if (!value) return problem === undefined ? <p>Looking for runs…</p> : <Problem text={problem} />;
  const { runs, benchmarks, folders } = value;
  const shown = chosen.flatMap((id) => runs.find((run) => run.id === id) ?? []);
  const [first, second] = shown;
  return (
    <>
      <h2>Runs</h2>
      <Problem text={problem} />
      {runs.length === 0 ? (
        <NoRuns folders={folders} />
      ) : (
        <SortableTable
          title={titleOf(runs.length, folders)}
          columns={columnsOf(chosen, toggle)}
          rows={runs}
          keyOf={({ id }) => id}
        />
      )}
      {benchmarks.length > 0 && (
        <p>Benchmarks: {benchmarks.map(({ name }) => name).join(', ')}. Their runs are above.</p>
      )}
      {runs.length > 0 && shown.length === 0 && <p>Show one run to see its losses, two to compare their configs.</p>}
      {shown.map((run) => (
        <Losses key={run.id} run={run} tick={tick} />
      ))}
      {first && second && <ConfigComparison runs={[first, second]} />}
    </>
  );
}

/** An exported page is of no folders. */
function titleOf(runs: number, folders: readonly string[]): string {
  const below = folders.length > 0 ? ` below ${folders.join(', ')}` : '';
  return `${runs} ${runs === 1 ? 'run' : 'runs'}${below}`;
}

function NoRuns({ folders }: { readonly folders: readonly string[] }) {
  return (
    <p>
      There is no run below {folders.join(', ')} yet. <code>unfold run sample</code> trains one in a minute; it appears
      here by itself.
    </p>
  );
}

function columnsOf(chosen: readonly string[], toggle: (id: string) => void): Column<RunSummary>[] {
  return [
    {
      title: 'Run',
      cell: ({ name }) => name,
      show: (run) => (
        <label>
          <input type="checkbox" checked={chosen.includes(run.id)} onChange={() => toggle(run.id)} />
          {run.name}
        </label>
      ),
    },
    { title: 'Look at', cell: ({ status }) => status, show: linksOf },
    { title: 'State', cell: ({ status }) => status, show: stateOf, isText: true },
    { title: 'Model', cell: ({ model }) => model },
    { title: 'Data', cell: ({ data }) => data },
    { title: 'Step', cell: ({ step }) => step },
    { title: 'Of', cell: ({ steps }) => steps },
    { title: 'Loss', cell: ({ loss }) => loss },
    { title: 'Validation', cell: ({ validation }) => validation },
    { title: 'Minutes', cell: ({ seconds }) => (seconds === undefined ? undefined : Math.round(seconds / 6) / 10) },
    { title: 'Distance', cell: ({ distance }) => distance },
    {
      title: 'Bad verdicts',
      cell: ({ bad }) => bad,
      show: ({ bad, verdicts }) => (bad === undefined ? '–' : `${bad} of ${verdicts}`),
    },
    { title: 'Files of draws', cell: ({ draws }) => draws },
    {
      title: 'Last written',
      cell: ({ changed }) => changed,
      show: ({ changed }) => (changed ? new Date(changed).toLocaleString() : '–'),
    },
  ];
}

function linksOf({ id, status }: RunSummary) {
  if (status === 'broken' || status === 'untrained') return '–';
  const links = { event: 'events', distributions: 'spectra', trust: 'trust' };
  return Object.entries(links).map(([page, title], i) => (
    <span key={page}>
      {i > 0 && ' · '}
      <a href={linkTo(page, { runs: id })}>{title}</a>
    </span>
  ));
}

function stateOf({ status, problem }: RunSummary) {
  return status === 'broken' ? <span class="problem reason">broken: {problem}</span> : status;
}

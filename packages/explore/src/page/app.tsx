import { render } from 'preact';
import { DistributionsPage } from './distributions/distributions-page.js';
import { EventPage } from './event/event-page.js';
import { whoAnswers } from './parts/ask.js';
import { linkTo, usePlace } from './parts/place.js';
import { RunsPage } from './runs/runs-page.js';
import { TrustPage } from './trust/trust-page.js';

const PAGES = {
  runs: { title: 'Runs', Content: RunsPage },
  event: { title: 'Event', Content: EventPage },
  distributions: { title: 'Distributions', Content: DistributionsPage },
  trust: { title: 'Trust', Content: TrustPage },
} as const;

function App() {
  const { page, values } = usePlace();
  const runs = values['runs'] ?? '';
  const { Content } = Object.hasOwn(PAGES, page) ? PAGES[page as keyof typeof PAGES] : PAGES.runs;
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header>
        <h1>unfold explore</h1>
        <nav aria-label="Pages">
          <ul>
            {Object.entries(PAGES).map(([name, { title }]) => (
              <li key={name}>
                <a
                  href={linkTo(name, name === 'runs' ? {} : { runs })}
                  aria-current={page === name ? 'page' : undefined}
                >
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <Content />
      </main>
      {whoAnswers().isExported && (
        <footer>
          <p>
            Made by <code>unfold explore --export</code>. All of it is in this file: the model draws in your browser,
            and nothing is sent anywhere.
          </p>
        </footer>
      )}
    </>
  );
}

/** Shows the pages in place of what the document says where no script runs. */
export function start(): void {
  const root = document.getElementById('app')!;
  root.replaceChildren();
  render(<App />, root);
}

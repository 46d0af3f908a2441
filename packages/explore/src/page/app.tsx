import { render } from 'preact';
import { DistributionsPage } from './distributions/distributions-page.js';
import { EventPage } from './event/event-page.js';
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
    </>
  );
}

const root = document.getElementById('app')!;
root.replaceChildren();
render(<App />, root);

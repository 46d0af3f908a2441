import { useEffect, useState } from 'preact/hooks';

/** Where in the pages a reader is: a page, and what it shows. It is the fragment of the address. */
export interface Place {
  readonly page: string;
  readonly values: Readonly<Record<string, string>>;
}

function placeOf(hash: string): Place {
  const [page = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { page: page || 'runs', values: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a place; values that are empty are left out. */
export function linkTo(page: string, values: Readonly<Record<string, string | number>> = {}): string {
  const known = Object.entries(values).filter(([, value]) => value !== '');
  const query = new URLSearchParams(known.map(([key, value]) => [key, String(value)])).toString();
  return `#/${page}${query && `?${query}`}`;
}

/** Where the reader is; `go` changes some of the values without a new entry in the history. */
export function usePlace(): Place & { go(values: Readonly<Record<string, string | number>>): void } {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const follow = (): void => setPlace(placeOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const go = (values: Readonly<Record<string, string | number>>): void => {
    const known = placeOf(location.hash);
    history.replaceState(null, '', linkTo(known.page, { ...known.values, ...values }));
    setPlace(placeOf(location.hash));
  };
  return { ...place, go };
}

/** Query of an address: values that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** The address of what is asked for: `api/event?run=...&event=3`. */
export function addressOf(path: string, query: Query = {}): string {
  const known = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, `${value}`] as [string, string]],
  );
  const text = new URLSearchParams(known).toString();
  return `api/${path}${text && `?${text}`}`;
}

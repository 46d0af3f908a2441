/** A figure that drawing code has made: all text in it is escaped, and no script can run in these pages. */
export function Picture({ svg, caption }: { readonly svg: string; readonly caption?: string }) {
  return (
    <figure>
      <div dangerouslySetInnerHTML={{ __html: svg }} />
      {caption && <figcaption>{caption}</figcaption>}
    </figure>
  );
}

/** Why something is not there. */
export function Problem({ text }: { readonly text: string | undefined }) {
  return text === undefined || text === '' ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

/**
 * An error that every worker meets at the same place of its work, so that none waits for another and one can tell of
 * it.
 */
export class CommonFailure extends Error {
  override readonly name: string = 'CommonFailure';
}

/** An option as it is typed: `trustPlugins` as `--trust-plugins`. Messages name options so. */
export function flagName(option: string): string {
  return `--${kebabCase(option)}`;
}

/** A name in camelCase with dashes instead. */
export function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

/**
 * Values as a line of comma-separated values, without its end. A name that a spreadsheet would take for a formula
 * begins with an apostrophe.
 */
export function csvLine(values: readonly (string | number)[]): string {
  return values.map(csvField).join(',');
}

// A spreadsheet computes a text that begins like a formula, whoever wrote it. The apostrophe keeps it a text.
function csvField(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

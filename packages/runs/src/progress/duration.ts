/**
 * Seconds as people say them: `45 s`, `3 min 20 s`, `2 h 5 min`.
 * @example
 * duration(200); // 3 min 20 s
 */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

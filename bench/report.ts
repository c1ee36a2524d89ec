/** What the benchmark says and how. Nothing of it is asserted by a test. */
export type Row = Record<string, string | number>
export type Target = { name: string; value: number; wanted: string; holds: boolean }

export function share(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return round(sorted[Math.floor(sorted.length * part)] ?? 0)
}

export function round(value: number): number {
  return Math.round(value * 100) / 100
}

export function median(rows: readonly Row[]): Row {
  const [first = {}] = rows
  return Object.fromEntries(
    Object.keys(first).map(key => [
      key,
      share(
        rows.map(row => Number(row[key])),
        0.5,
      ),
    ]),
  )
}

export function print(title: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {})
  const lines = [columns, ...rows.map(row => columns.map(column => String(row[column])))]
  const widths = columns.map((_, index) => Math.max(...lines.map(line => line[index]?.length ?? 0)))
  const text = lines.map(line =>
    line.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('  '),
  )
  process.stdout.write(`\n${title}\n${text.join('\n')}\n`)
}

export function progress(what: string): void {
  process.stderr.write(`… ${what}\n`)
}

export function printTargets(targets: readonly Target[]): void {
  print(
    'Targets',
    targets.map(({ name, value, wanted, holds }) => ({
      name,
      value,
      wanted,
      holds: holds ? 'yes' : 'NO',
    })),
  )
}

export function target(
  name: string,
  value: number,
  relation: '≥' | '≤' | '<',
  limit: number,
): Target {
  const holds =
    relation === '≥' ? value >= limit : relation === '≤' ? value <= limit : value < limit
  return { name, value, wanted: `${relation} ${limit}`, holds }
}

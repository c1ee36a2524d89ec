import type { ReactNode } from 'react'

/** A table that scrolls sideways where it does not fit; by keyboard, too, which is why it takes the focus. */
export function ScrollTable({ label, children }: { label: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table>{children}</table>
    </div>
  )
}

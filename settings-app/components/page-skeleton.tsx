/** The shape of a page while it is fetched; it shows after a moment, so that a fast one does not flicker. */
export function PageSkeleton() {
  return (
    <div className="skeleton-page" aria-busy="true">
      <div className="skeleton skeleton-title" />
      <div className="skeleton skeleton-card" />
      <div className="skeleton skeleton-card" />
      <div className="skeleton skeleton-card" />
    </div>
  )
}

const AT_LATEST_MS = 1000

/** Resolves once the page has nothing more urgent to do, or after a second. Safari knows no idle time. */
export function whenIdle(): Promise<unknown> {
  return new Promise(resolve => {
    if ('requestIdleCallback' in window) {
      requestIdleCallback(resolve, { timeout: AT_LATEST_MS })
    } else setTimeout(resolve, AT_LATEST_MS / 4)
  })
}

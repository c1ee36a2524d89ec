import { lazy, type LazyExoticComponent, type ReactNode } from 'react'

const IDLE_AT_LATEST_MS = 1000
const AGAIN_MS = 10_000

/**
 * What a page can do without at first: it comes once the page has nothing more urgent to do. Where it cannot
 * be had, as without a network, the page goes on without it, and it is asked for again.
 */
export function lazyLater<Props>(
  load: () => Promise<{ default: (props: Props) => ReactNode }>,
): LazyExoticComponent<(props: Props) => ReactNode> {
  return lazy(async () => {
    await idle()
    for (;;) {
      try {
        return await load()
      } catch {
        await onlineOrLater()
      }
    }
  })
}

/** Safari knows no idle time. */
function idle(): Promise<unknown> {
  return new Promise(resolve => {
    if ('requestIdleCallback' in window) {
      requestIdleCallback(resolve, { timeout: IDLE_AT_LATEST_MS })
    } else setTimeout(resolve, IDLE_AT_LATEST_MS / 4)
  })
}

function onlineOrLater(): Promise<unknown> {
  return new Promise(resolve => {
    addEventListener('online', resolve, { once: true })
    setTimeout(resolve, AGAIN_MS)
  })
}

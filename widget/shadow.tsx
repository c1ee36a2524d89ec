import { Component, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'

/**
 * Events that end at our host: Kommo's shortcuts and the editor's canvas would act on them, since to
 * them the target is not an input but our host.
 */
const KEPT_EVENTS = [
  'keydown',
  'keyup',
  'keypress',
  'input',
  'click',
  'mousedown',
  'pointerdown',
  'paste',
  'copy',
  'cut',
  'wheel',
  'focusin',
] as const

/** Draws into a shadow root that the page's styles and key handlers do not reach. */
export function mountInShadow(
  host: HTMLElement,
  css: readonly string[],
  broken: { text: string; reload: string },
) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = css.map(text => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
    return sheet
  })
  const keep = (event: Event) => event.stopPropagation()
  for (const name of KEPT_EVENTS) host.addEventListener(name, keep)

  const showTheme = () => {
    const scheme = document.documentElement.dataset['colorScheme']
    host.dataset['theme'] = scheme === 'dark' ? 'dark' : 'light'
  }
  showTheme()
  const observer = new MutationObserver(showTheme)
  observer.observe(document.documentElement, { attributeFilter: ['data-color-scheme'] })

  const container = document.createElement('div')
  root.append(container)
  const react = createRoot(container, {
    // Kommo's moderation wants no console; the boundary below shows what happened.
    onUncaughtError: () => undefined,
    onCaughtError: () => undefined,
  })
  return {
    render: (node: ReactNode) => react.render(<Boundary broken={broken}>{node}</Boundary>),
    destroy() {
      observer.disconnect()
      for (const name of KEPT_EVENTS) host.removeEventListener(name, keep)
      react.unmount()
      container.remove()
    },
  }
}

/** A bug in our code shows a way out instead of an empty place. */
type BoundaryProps = { children: ReactNode; broken: { text: string; reload: string } }
class Boundary extends Component<BoundaryProps, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <div className="notice bad" role="alert">
        {this.props.broken.text}{' '}
        <button type="button" className="link" onClick={() => this.setState({ failed: false })}>
          {this.props.broken.reload}
        </button>
      </div>
    )
  }
}

import { Component, type ReactNode } from 'react'

/** What cannot be shown, by a bug of ours or because its script is not there any more, says so. */
export class ErrorBoundary extends Component<
  { children: ReactNode; fallback: ReactNode },
  { hasFailed: boolean }
> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    return this.state.hasFailed ? this.props.fallback : this.props.children
  }
}

import type { ReactNode } from 'react'
import controls from '../ui/controls.css?inline'
import tokens from '../ui/tokens.css?inline'
import type { CardProps, InstallProps, Mounted, SetupProps, Shared } from './kommo/host.ts'
import { InstallWindow } from './install/install-window.tsx'
import installCss from './install/install.css?inline'
import { Card } from './preview/card.tsx'
import previewCss from './preview/preview.css?inline'
import { SetupForm } from './setup/setup-form.tsx'
import setupCss from './setup/setup.css?inline'
import { mountInShadow } from './shadow.tsx'
import { TextsProvider } from './texts.tsx'
import widgetCss from './widget.css?inline'

/** The React side of the widget. The loader evaluates it when a card or the form is first shown. */
const base = [tokens, controls, widgetCss]

export function mountCard(host: HTMLElement, props: CardProps): Mounted<CardProps> {
  return mount(host, [...base, previewCss], props, current => <Card {...current} />)
}

export function mountSetup(host: HTMLElement, props: SetupProps): Mounted<SetupProps> {
  return mount(host, [...base, previewCss, setupCss], props, current => <SetupForm {...current} />)
}

export function mountInstall(host: HTMLElement, props: InstallProps): Mounted<InstallProps> {
  return mount(host, [...base, installCss], props, current => <InstallWindow {...current} />)
}

function mount<Props extends Shared>(
  host: HTMLElement,
  css: readonly string[],
  first: Props,
  draw: (props: Props) => ReactNode,
): Mounted<Props> {
  const { errors } = first.texts
  const texts = typeof errors === 'object' ? errors : {}
  const broken = { text: String(texts['broken'] ?? ''), reload: String(texts['reload'] ?? '↻') }
  const shadow = mountInShadow(host, css, broken)
  const update = (props: Props) =>
    shadow.render(
      <TextsProvider language={props.language} texts={props.texts}>
        {draw(props)}
      </TextsProvider>,
    )
  update(first)
  return { update, destroy: shadow.destroy }
}

import { page, type Locator } from 'vitest/browser'
import { afterEach, expect } from 'vitest'
import english from '../../i18n/widget/en.json' with { type: 'json' }
import { parseMessage, writeMessage, type Message } from '../../contracts/message.ts'
import { mountSetup } from '../app.tsx'
import type { SetupProps, WidgetApi } from '../kommo/host.ts'
import { createTestApi } from './test-api.ts'

export type OpenForm = {
  form: Locator
  text: Locator
  area: HTMLTextAreaElement
  /** What was saved, as the step would keep it. */
  saved: string[]
  closed: () => number
  leave: () => void
  close: () => void
}

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
  sessionStorage.clear()
  localStorage.clear()
})

/** Mounts the form as Kommo's modal does, in a shadow root of its own. */
export async function openForm(
  options: { message?: Message | string; api?: WidgetApi; width?: number } = {},
): Promise<OpenForm> {
  const { message = '{}', api = createTestApi(), width = 780 } = options
  const host = document.createElement('div')
  host.style.width = `${width}px`
  document.body.append(host)
  const saved: string[] = []
  let closed = 0
  let isDirty = false
  let props: SetupProps = {
    language: 'en',
    texts: english,
    api,
    message: typeof message === 'string' ? message : writeMessage(message),
    closeAttempts: 0,
    onSave: json => saved.push(json),
    onClose: () => {
      closed += 1
    },
    onLeave: () => leave(),
    onDirty: dirty => {
      isDirty = dirty
    },
    onResize: () => undefined,
  }
  const mounted = mountSetup(host, props)
  function leave() {
    if (!isDirty) return props.onClose()
    props = { ...props, closeAttempts: props.closeAttempts + 1 }
    mounted.update(props)
  }
  const close = () => {
    mounted.destroy()
    host.remove()
  }
  open.push(close)
  const form = page.getByRole('dialog', { name: 'Message by cascade' })
  const text = form.getByLabelText('Message text')
  await expect.element(text).toBeVisible()
  const area = text.element()
  if (!(area instanceof HTMLTextAreaElement)) throw new Error('The text has no textarea')
  return {
    form,
    text,
    area,
    saved,
    closed: () => closed,
    leave,
    close,
  }
}

/** The text of the message that was saved last. */
export function savedText(saved: readonly string[]): string | undefined {
  const parsed = parseMessage(saved.at(-1) ?? '')
  return parsed.ok ? parsed.message.text : undefined
}

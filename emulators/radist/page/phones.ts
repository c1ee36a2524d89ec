import type { PhonesState } from '../server.ts'

/** The page with the phones: it asks for the state twice a second, and draws it when it changed. */
type Phone = PhonesState['phones'][number]
type Chat = Phone['chats'][number]
type Attributes = Record<string, string | boolean | ((event: Event) => void)>

const REACTIONS = ['deliver', 'read', 'silent', 'fail', 'not_registered']
const STATES = ['in_subscription', 'not_in_subscription', 'unpaid', 'logged_out']
let state: PhonesState | null = null
let drawn = ''
let selected = Number(new URLSearchParams(location.search).get('person') ?? 1)

function element(
  name: string,
  attributes: Attributes,
  ...children: (Node | string)[]
): HTMLElement {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key, value)
    else if (value === true) node.setAttribute(key, '')
    else if (value !== false) node.setAttribute(key, value)
  }
  node.append(...children)
  return node
}

async function post(path: string, body: unknown): Promise<void> {
  await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await refresh()
}

function choice(label: string, options: string[], value: string, change: (value: string) => void) {
  return element(
    'select',
    { 'aria-label': label, change: event => change((event.target as HTMLSelectElement).value) },
    ...options.map(option =>
      element('option', { value: option, selected: option === value }, option.replaceAll('_', ' ')),
    ),
  )
}

function drawSettings(current: PhonesState): void {
  const messengers = [...new Set(current.connections.map(connection => connection.type))]
  document.querySelector('#reactions')?.replaceChildren(
    ...messengers.map(messenger =>
      element(
        'label',
        {},
        messenger,
        choice(
          `Reaction of ${messenger}`,
          REACTIONS,
          current.reactions[messenger] ?? 'deliver',
          reaction => void post('/ui/reaction', { messenger, personId: null, reaction }),
        ),
      ),
    ),
  )
  document.querySelector('#connections')?.replaceChildren(
    ...current.connections.map(connection =>
      element(
        'label',
        {},
        element('span', {}, connection.name, element('small', {}, connection.type)),
        choice(
          `State of ${connection.name}`,
          STATES,
          connection.state,
          value => void post('/ui/connection', { connectionId: connection.id, state: value }),
        ),
      ),
    ),
  )
  document.querySelector('#people')?.replaceChildren(
    ...current.phones.map(phone => {
      const count = phone.chats.reduce((sum, chat) => sum + chat.messages.length, 0)
      return element(
        'button',
        {
          'aria-current': String(phone.id === selected),
          click: () => {
            selected = phone.id
            draw()
          },
        },
        phone.name,
        element('span', {}, count > 0 ? String(count) : ''),
      )
    }),
  )
}

function drawMessage(chat: Chat, message: Chat['messages'][number]): HTMLElement {
  const { media } = message
  const content: (Node | string)[] = []
  if (media && message.type === 'image') {
    content.push(element('img', { src: `/media/${media.mediaId}`, alt: media.name }))
  } else if (media) {
    const size = `${(media.size / 1024 / 1024).toFixed(1)} MB`
    content.push(
      element(
        'a',
        { class: 'file', href: `/media/${media.mediaId}`, download: media.name },
        `📄 ${media.name} · ${size}`,
      ),
    )
  }
  content.push(message.text)
  const action = (label: string, status: string) =>
    element(
      'button',
      { click: () => void post('/ui/status', { chatId: chat.id, messageId: message.id, status }) },
      label,
    )
  const footer = element('footer', {}, new Date(message.createdAt).toLocaleTimeString())
  if (message.direction === 'outbound') {
    footer.append(
      element('b', { 'data-status': message.status }, message.status),
      action('Deliver', 'delivered'),
      action('Read', 'read'),
      action('Fail', 'error'),
    )
  }
  return element(
    'div',
    { class: `message ${message.direction}`, dir: 'auto', 'data-type': message.type },
    ...content,
    footer,
  )
}

function drawChat(chat: Chat): HTMLElement {
  const input = element('input', { placeholder: 'Reply…', 'aria-label': 'Reply', name: 'reply' })
  return element(
    'section',
    { class: 'device', 'aria-label': `${chat.connection?.type} ${chat.connection?.name}` },
    element(
      'header',
      {},
      chat.connection?.type ?? '',
      element('small', {}, chat.connection?.name ?? ''),
    ),
    element(
      'div',
      { class: 'messages' },
      ...chat.messages.map(message => drawMessage(chat, message)),
    ),
    element(
      'form',
      {
        submit: event => {
          event.preventDefault()
          const text = (input as HTMLInputElement).value
          if (text) void post('/ui/reply', { chatId: chat.id, text })
        },
      },
      input,
      element('button', {}, 'Send'),
    ),
  )
}

function draw(): void {
  if (!state) return
  drawSettings(state)
  const phone = state.phones.find(candidate => candidate.id === selected)
  if (!phone) return
  document
    .querySelector('#phone')
    ?.replaceChildren(
      element('h2', {}, phone.name),
      element(
        'div',
        { class: 'empty' },
        [phone.phone, phone.username].filter(Boolean).join(' · ') || 'no phone',
      ),
      ...(phone.chats.length > 0
        ? phone.chats.map(drawChat)
        : [element('p', { class: 'empty' }, 'No chats on this phone yet.')]),
    )
}

async function refresh(): Promise<void> {
  const text = await (await fetch('/ui/state')).text()
  const focused = document.activeElement
  const isTyping = focused instanceof HTMLInputElement && focused.value !== ''
  if (text === drawn || isTyping) return
  drawn = text
  state = JSON.parse(text) as PhonesState
  draw()
}

await refresh()
setInterval(() => void refresh(), 500)

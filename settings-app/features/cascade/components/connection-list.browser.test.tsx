import { useState } from 'react'
import { expect, it } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { ConnectionView, MessengerView } from '../../../../contracts/cascade.ts'
import { render } from '../../../testing/render.tsx'
import { ConnectionList } from './connection-list.tsx'

function connections(count: number, more: Partial<ConnectionView> = {}): ConnectionView[] {
  return Array.from({ length: count }, (_, index) => ({
    connectionId: index + 1,
    name: `+34 600 ${String(index + 1).padStart(4, '0')}`,
    state: 'in_subscription',
    ticked: true,
    isNew: false,
    restingUntil: null,
    isNext: index === 0,
    ...more,
  }))
}

function List({ initial, canEdit = true }: { initial: ConnectionView[]; canEdit?: boolean }) {
  const [current, setCurrent] = useState(initial)
  const messenger: MessengerView = {
    type: 'whatsapp',
    name: 'WhatsApp',
    isOn: true,
    isNew: false,
    canWriteFirst: true,
    waitSeconds: 60,
    success: 'delivered',
    connections: current,
  }
  return (
    <>
      <output>{current.filter(one => one.ticked).length}</output>
      <ConnectionList
        messenger={messenger}
        canEdit={canEdit}
        statistics={undefined}
        onChange={setCurrent}
      />
    </>
  )
}

it('says each state in words: resting, logged out, unpaid, not in subscription, deleted', async () => {
  const [one] = connections(1)
  if (!one) throw new Error('No connection')
  const list = await render(
    <List
      initial={[
        one,
        { ...one, connectionId: 2, restingUntil: new Date(2026, 10, 22, 14, 20).toISOString() },
        { ...one, connectionId: 3, state: 'logged_out', isNext: false },
        { ...one, connectionId: 4, state: 'unpaid' },
        { ...one, connectionId: 5, state: 'not_in_subscription' },
        { ...one, connectionId: 6, state: 'deleted' },
        { ...one, connectionId: 7, ticked: false, isNew: true },
      ]}
    />,
  )
  const text = () => list.element().textContent
  await expect.poll(text).toContain('In subscription')
  for (const words of [
    'Resting until 02:20 PM',
    'Logged out',
    'Subscription unpaid',
    'Not in subscription',
    'Deleted in Radist',
    'new',
    'next',
    'will not send',
  ]) {
    expect(text()).toContain(words)
  }
})

it('asks before the last connection is unticked, and does what is answered', async () => {
  const list = await render(<List initial={connections(2)} />)
  const boxes = list.getByRole('checkbox')
  await userEvent.click(boxes.nth(0))
  await userEvent.click(boxes.nth(1))
  await expect.element(list.getByRole('alert')).toHaveTextContent('WhatsApp has none left')
  await expect.element(list.getByRole('status')).toHaveTextContent('1')
  await userEvent.click(list.getByRole('button', { name: 'Untick anyway' }))
  await expect.element(list.getByRole('status')).toHaveTextContent('0')
})

it('draws of a thousand only those in sight, finds them by name, and ticks all that were found', async () => {
  const list = await render(<List initial={connections(1000, { ticked: false, isNew: true })} />)
  const search = list.getByRole('searchbox', { name: 'Search 1000 connections' })
  await expect.element(search).toBeVisible()
  await expect.poll(() => list.element().querySelectorAll('li').length).toBeGreaterThan(5)
  expect(list.element().querySelectorAll('li').length).toBeLessThan(40)
  expect(list.element().querySelector('li')?.getAttribute('aria-setsize')).toBe('1000')
  await userEvent.fill(search, '099')
  await userEvent.click(list.getByRole('checkbox', { name: 'Select all (11)' }))
  await expect.element(list.getByRole('status')).toHaveTextContent('11')
  await userEvent.fill(search, 'nothing like that')
  await expect.element(list.getByText('No connection is called that.')).toBeVisible()
})

it('cannot be changed by whoever may not', async () => {
  const list = await render(<List initial={connections(2)} canEdit={false} />)
  await expect.element(list.getByRole('checkbox').nth(0)).toBeDisabled()
})

import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import { userEvent } from 'vitest/browser'
import { errorBody } from '../../../../contracts/errors.ts'
import { product } from '../../../../ui/testing/product.ts'
import { render } from '../../../testing/render.tsx'
import ConnectionsPage from './connections-page.tsx'

it('shows what connects the account, and never the key', async () => {
  const shown = await render(<ConnectionsPage />)
  await expect.element(shown.getByText('6 of 6 connections subscribed')).toBeVisible()
  await userEvent.click(shown.getByRole('button', { name: 'Change key, host or company' }))
  await expect.element(shown.getByLabelText('API key')).toHaveValue('')
  expect(shown.element().textContent).not.toContain('demo-radist-key')
})

it('keeps what was typed when the server refuses it, with the error at its field', async () => {
  const shown = await render(<ConnectionsPage />)
  await userEvent.click(shown.getByRole('button', { name: 'Change key, host or company' }))
  await userEvent.fill(shown.getByLabelText('Host'), 'https://evil.example')
  await userEvent.fill(shown.getByLabelText('API key'), 'a key')
  await userEvent.click(shown.getByRole('button', { name: 'Check and save' }))
  const host = shown.getByLabelText('Host')
  await expect.element(host).toHaveAccessibleDescription(/must be radist.online/u)
  await expect.element(host).toHaveFocus()
  await expect.element(shown.getByLabelText('API key')).toHaveValue('a key')
})

it('says so when the server is not there, and asks again when told to', async () => {
  product.use(
    http.get(`${location.origin}/api/connections`, () =>
      HttpResponse.json(errorBody('unavailable'), { status: 503 }),
    ),
  )
  const shown = await render(<ConnectionsPage />)
  await expect.element(shown.getByText('The service is busy')).toBeVisible()
  product.resetHandlers()
  await userEvent.click(shown.getByRole('button', { name: 'Try again' }))
  await expect.element(shown.getByRole('heading', { name: 'Radist.Online' })).toBeVisible()
})

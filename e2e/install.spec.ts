import { AxeBuilder } from '@axe-core/playwright'
import { widgetZip } from '../api/widget/zip.ts'
import { expect, test } from './support/test.ts'

test('the install window says that all is connected, and leads to the settings', async ({
  page,
  stack,
}) => {
  await page.goto(`${stack.kommoUrl}/widgets`)
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByText('Kommo is connected')).toBeVisible()
  await expect(page.getByText('Radist.Online is connected')).toBeVisible()
  const opening = page.waitForEvent('popup')
  await page.getByRole('button', { name: /Configure it in Radist.online/u }).click()
  const settings = await opening
  await expect(settings.getByRole('heading', { name: 'Cascade', level: 1 })).toBeVisible()
  for (const scheme of ['light', 'dark'] as const) {
    await settings.emulateMedia({ colorScheme: scheme })
    const { violations } = await new AxeBuilder({ page: settings }).analyze()
    expect(violations.map(one => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
  }
})

test('the archive installs as it is', async ({ page, stack, zip: variant }) => {
  await page.goto(`${stack.kommoUrl}/widgets`)
  const zip = await widgetZip(variant, stack.product.url)
  await page.getByLabel('Archive').setInputFiles({
    name: 'widget.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from(zip ?? []),
  })
  await page.getByRole('button', { name: 'Upload' }).click()
  // It is the version that is installed already, and that is all Kommo has against it.
  await expect(page.getByRole('alert')).toHaveText(
    /^Version [\d.]+ was uploaded before: raise it$/u,
  )
})

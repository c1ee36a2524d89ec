import { strFromU8, unzipSync } from 'fflate'
import { z } from 'zod'

/** Uploading a widget's archive, with the checks that Kommo makes (widget SDK 1 and 8.1). */
const IMAGES: Readonly<Record<string, readonly [number, number]>> = {
  'images/logo.png': [130, 100],
  'images/logo_main.png': [400, 272],
  'images/logo_medium.png': [240, 84],
  'images/logo_min.png': [84, 84],
  'images/logo_small.png': [108, 108],
}
const IMAGE_MAX_BYTES = 300 * 1024
const FORBIDDEN: readonly [RegExp, string][] = [
  [/\beval\s*\(/u, 'eval'],
  [/\bnew Function\s*\(/u, 'new Function'],
  [/\bconsole\./u, 'console'],
  [/(?<![.\w])(?:alert|confirm|prompt)\s*\(/u, 'alert, confirm or prompt'],
  [/\bdocument\.createElement\(\s*["'`]script["'`]\s*\)/u, 'an injected script'],
]

const manifestSchema = z.object({
  widget: z.object({
    name: z.string(),
    description: z.string(),
    short_description: z.string(),
    version: z.string(),
    interface_version: z.literal(2),
    init_once: z.boolean(),
    locale: z.array(z.string()).min(1),
    installation: z.boolean(),
  }),
  locations: z.array(z.string()).min(1),
  settings: z.record(
    z.string(),
    z.object({ name: z.string(), type: z.string(), required: z.boolean() }),
  ),
  salesbot_designer: z.record(z.string(), z.unknown()),
})
const handlerSchema = z.object({
  name: z.string(),
  settings: z.record(
    z.string(),
    z.object({
      name: z.string(),
      type: z.enum(['text', 'numeric', 'url']),
      default_value: z.string().optional(),
      required: z.boolean().optional(),
      manual: z.boolean().optional(),
    }),
  ),
})

export type InstalledWidget = {
  code: string
  version: string
  files: Record<string, Uint8Array>
  handlers: Record<string, z.infer<typeof handlerSchema>>
  locales: string[]
  settings: Record<string, string>
  isActive: boolean
}

export class WidgetStore {
  widget: InstalledWidget | null = null

  /** @returns every fault that Kommo's upload would report; none when it is uploaded */
  upload(zip: Uint8Array): string[] {
    let files: Record<string, Uint8Array>
    try {
      files = unzipSync(zip)
    } catch {
      return ['The archive cannot be read']
    }
    const faults: string[] = []
    const manifestBytes = files['manifest.json']
    if (!manifestBytes || !files['script.js']) {
      return ['manifest.json and script.js must lie at the root of the archive']
    }
    const parsed = manifestSchema.safeParse(JSON.parse(strFromU8(manifestBytes)))
    if (!parsed.success) return [`manifest.json: ${z.prettifyError(parsed.error)}`]
    const manifest = parsed.data
    if (Object.keys(manifest.settings).length === 0) {
      faults.push('"settings" field is required in manifest.json')
    }
    faults.push(...imageFaults(files), ...scriptFaults(files))
    const { logo: _logo, ...rawHandlers } = manifest.salesbot_designer
    const handlers = Object.fromEntries(
      Object.entries(rawHandlers).map(([code, raw]) => [code, handlerSchema.parse(raw)]),
    )
    faults.push(...textFaults(files, manifest, handlers))
    const { version, locale } = manifest.widget
    if (this.widget?.version === version)
      faults.push(`Version ${version} was uploaded before: raise it`)
    if (faults.length > 0) return faults
    this.widget = {
      code: 'radist_online',
      version,
      files,
      handlers,
      locales: locale,
      settings: this.widget?.settings ?? {},
      isActive: this.widget?.isActive ?? false,
    }
    return []
  }
}

function imageFaults(files: Record<string, Uint8Array>): string[] {
  return Object.entries(IMAGES).flatMap(([name, [width, height]]) => {
    const bytes = files[name]
    if (!bytes) return [`${name} is missing`]
    if (bytes.length > IMAGE_MAX_BYTES) return [`${name} is larger than 300 KB`]
    const size = pngSize(bytes)
    if (size?.width === width && size.height === height) return []
    return [`${name} must be a PNG of ${width}×${height}`]
  })
}

function pngSize(bytes: Uint8Array): { width: number; height: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 24 || view.getUint32(0) !== 0x89_50_4e_47) return null
  return { width: view.getUint32(16), height: view.getUint32(20) }
}

function scriptFaults(files: Record<string, Uint8Array>): string[] {
  return Object.entries(files)
    .filter(([name]) => name.endsWith('.js'))
    .flatMap(([name, bytes]) => {
      const text = strFromU8(bytes)
      const bom = text.startsWith('\uFEFF') ? [`${name} starts with a byte order mark`] : []
      return [
        ...bom,
        ...FORBIDDEN.filter(([pattern]) => pattern.test(text)).map(
          ([, what]) => `${name} uses ${what}`,
        ),
      ]
    })
}

type Texts = { [key: string]: string | Texts }

function textFaults(
  files: Record<string, Uint8Array>,
  manifest: z.infer<typeof manifestSchema>,
  handlers: InstalledWidget['handlers'],
): string[] {
  const faults: string[] = []
  const { widget, settings } = manifest
  const fields = Object.values(handlers).flatMap(handler => Object.values(handler.settings))
  const wanted = [
    widget.name,
    widget.description,
    widget.short_description,
    ...Object.values(settings).map(setting => setting.name),
    ...Object.values(handlers).map(handler => handler.name),
    ...fields.map(field => field.name),
  ]
  let first: string[] | null = null
  for (const locale of widget.locale) {
    const bytes = files[`i18n/${locale}.json`]
    if (!bytes) {
      faults.push(`i18n/${locale}.json is missing`)
      continue
    }
    const texts = JSON.parse(strFromU8(bytes)) as Texts
    const keys = keysOf(texts)
    first ??= keys
    const missing = first.filter(key => !keys.includes(key))
    const extra = keys.filter(key => !first?.includes(key))
    if (missing.length + extra.length > 0) {
      faults.push(
        `i18n/${locale}.json differs from the first language: ${[...missing, ...extra].join(', ')}`,
      )
    }
    for (const key of wanted.filter(one => !keys.includes(one))) {
      faults.push(`i18n/${locale}.json has no ${key}`)
    }
  }
  return faults
}

function keysOf(texts: Texts, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value, `${prefix}${key}.`),
  )
}

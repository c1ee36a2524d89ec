import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { imageSize } from 'image-size'
import { z } from 'zod'
import { LOCALES } from '../contracts/locales.ts'

/** What Kommo's marketplace demands of a listing (widget SDK, sections 1.5 and 6). */
const root = path.resolve(import.meta.dirname, '..')
const FOLDER = 'docs/marketplace'

const NAME_MAX = 30
const WORD_MAX = 19
const SLOGAN_MAX = 50
const DESCRIPTION_MAX = 400
const IMAGE_MAX_BYTES = 300 * 1024
const SLIDE = { width: 1188, height: 616 }
const LOGOS: Readonly<Record<string, readonly [number, number]>> = {
  'logo.png': [130, 100],
  'logo_main.png': [400, 272],
  'logo_medium.png': [240, 84],
  'logo_min.png': [84, 84],
  'logo_small.png': [108, 108],
}
/** The icon must stand out on both of the marketplace's grounds. */
const GROUNDS = ['#ffffff', '#153043']
const CONTRAST_MIN = 3

const listingSchema = z.strictObject({
  name: z.string(),
  slogan: z.string(),
  description: z.string(),
  instructions: z.string(),
})
const linksSchema = z.strictObject({
  privacy: z.string().regex(/^(?:https:\/\/|\{PUBLIC_URL\}\/)/u),
  support: z.url({ protocol: /^https$/u }),
  supportEmail: z.email(),
  supportLanguages: z.array(z.enum(LOCALES)).min(1),
})
const manifestSchema = z.object({
  widget: z.object({
    locale: z.array(z.string()),
    support: z.object({ link: z.string(), email: z.string() }),
  }),
  tour: z.object({
    is_tour: z.literal(true),
    tour_images: z.record(z.string(), z.array(z.string()).min(1).max(5)),
    tour_description: z.string(),
  }),
})

/** @returns what a moderator would send back */
export function marketplaceFaults(): string[] {
  return [...LOCALES.flatMap(listingFaults), ...linkFaults(), ...imageFaults(), ...iconFaults()]
}

function listingFaults(locale: string): string[] {
  const file = `${FOLDER}/${locale}.json`
  const parsed = listingSchema.safeParse(json(file))
  if (!parsed.success) return [`${file}: ${z.prettifyError(parsed.error)}`]
  const { name, slogan, description, instructions } = parsed.data
  const faults: string[] = []
  const rule = (holds: boolean, what: string) => {
    if (!holds) faults.push(`${file}: ${what}`)
  }
  rule(name.length <= NAME_MAX, `the name has more than ${NAME_MAX} characters`)
  rule(
    name.split(/\s/u).every(word => word.length <= WORD_MAX),
    `a word is over ${WORD_MAX}`,
  )
  rule(/ (?:via|by) \S/u.test(name), 'the name must end with “via” or “by” and the company')
  rule(!/kommo|amocrm/iu.test(name + slogan), 'Kommo’s name may not be in the name or slogan')
  rule(slogan.length <= SLOGAN_MAX, `the slogan has more than ${SLOGAN_MAX} characters`)
  rule(description.length <= DESCRIPTION_MAX, `the description is over ${DESCRIPTION_MAX}`)
  rule(!/<|\bAPI\b|OAuth|webhook/iu.test(description), 'the description is technical')
  // Enable, use, set up, disable, price and support: each has its paragraph.
  rule(instructions.split('<p><b>').length - 1 >= 6, 'the instructions lack a paragraph')
  for (const [link] of instructions.matchAll(/<a [^>]*>/gu)) {
    const isSafe = link.includes('target="_blank"') && link.includes('referrerpolicy="no-referrer"')
    rule(isSafe, `${link} must open in a new tab and give no referrer`)
  }
  rule(/mailto:|https:/u.test(instructions), 'the instructions name no support')
  return faults
}

function linkFaults(): string[] {
  const links = linksSchema.safeParse(json(`${FOLDER}/links.json`))
  if (!links.success) return [`${FOLDER}/links.json: ${z.prettifyError(links.error)}`]
  const { support } = manifestSchema.parse(json('manifest.json')).widget
  const isSame = support.link === links.data.support && support.email === links.data.supportEmail
  return isSame ? [] : ['manifest.json and links.json name different support']
}

function imageFaults(): string[] {
  const { tour, widget } = manifestSchema.parse(json('manifest.json'))
  const faults: string[] = []
  for (const [name, size] of Object.entries(LOGOS)) faults.push(...sizeFaults(name, ...size))
  for (const locale of widget.locale) {
    const slides = tour.tour_images[locale] ?? []
    if (slides.length === 0) faults.push(`manifest.json: no slide for ${locale}`)
    for (const slide of slides) {
      faults.push(...sizeFaults(slide.replace('/images/', ''), SLIDE.width, SLIDE.height))
    }
  }
  return faults
}

function sizeFaults(name: string, width: number, height: number): string[] {
  const file = path.join(root, 'widget/images', name)
  if (!existsSync(file)) return [`widget/images/${name} is missing`]
  const found = imageSize(readFileSync(file))
  const faults: string[] = []
  if (found.width !== width || found.height !== height) {
    faults.push(`widget/images/${name} is ${found.width}×${found.height}, not ${width}×${height}`)
  }
  if (statSync(file).size > IMAGE_MAX_BYTES) faults.push(`widget/images/${name} is over 300 KB`)
  return faults
}

function iconFaults(): string[] {
  const svg = readFileSync(path.join(root, FOLDER, 'icon.svg'), 'utf8')
  const [ground = ''] = [...svg.matchAll(/fill="(#[0-9a-f]{6})"/giu)].map(match => match[1] ?? '')
  return GROUNDS.filter(on => contrast(ground, on) < CONTRAST_MIN).map(
    on => `${FOLDER}/icon.svg: ${ground} on ${on} has a contrast under ${CONTRAST_MIN}`,
  )
}

/** WCAG 2. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'))
}

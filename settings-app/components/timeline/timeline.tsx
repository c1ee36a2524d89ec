import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Timeline as TimelineFacts } from '../../../contracts/activity.ts'
import { formatBytes, formatExactTime, formatSeconds, formatTime } from '../../lib/format.ts'
import { timelineItems, type TimelineItem, type TimelineText } from './timeline-items.ts'

/** Every step of a run with its time and its reason. */
export function Timeline({ facts, isLive }: { facts: TimelineFacts; isLive: boolean }) {
  const { t, i18n } = useTranslation()
  const items = useMemo(() => timelineItems(facts), [facts])
  const textOf = useTimelineText()
  return (
    <ol className="timeline" aria-label={t('timeline.label')} aria-live={isLive ? 'polite' : 'off'}>
      {items.map(({ at, tone, number, title, lines }, index) => {
        const time = formatExactTime(at, i18n.language)
        return (
          <li key={`${at}-${index}`} className={`tone-${tone}`}>
            <time dateTime={at}>{time}</time>
            <i aria-hidden="true" />
            <div>
              <b>
                {number !== null && `${number} `}
                {textOf(title)}
              </b>
              {bySecond(lines, i18n.language).map(group => (
                <p key={group.time}>
                  {group.lines.map(line => textOf(line.text)).join(' · ')}
                  {group.time !== time && <time dateTime={group.at}>{group.time}</time>}
                </p>
              ))}
            </div>
          </li>
        )
      })}
      {isLive && (
        <li className="tone-live" aria-busy="true">
          <span />
          <i aria-hidden="true" />
          <div className="mute">{t('timeline.running')}</div>
        </li>
      )}
    </ol>
  )
}

/** What happened in the same second is one line. */
function bySecond(lines: TimelineItem['lines'], language: string) {
  const groups: { at: string; time: string; lines: TimelineItem['lines'] }[] = []
  for (const line of lines) {
    const time = formatExactTime(line.at, language)
    const last = groups.at(-1)
    if (last?.time === time) last.lines.push(line)
    else groups.push({ at: line.at, time, lines: [line] })
  }
  return groups
}

function useTimelineText() {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  return ({ key, values, seconds, bytes, clockAt }: TimelineText): string =>
    t(`timeline.${key}`, {
      ...values,
      ...(seconds === undefined ? {} : { wait: formatSeconds(seconds, language) }),
      ...(clockAt === undefined
        ? {}
        : { time: formatTime(new Date(clockAt).toISOString(), language) }),
      ...(bytes === undefined
        ? {}
        : { size: formatBytes(bytes.size, language), max: formatBytes(bytes.max, language) }),
    })
}

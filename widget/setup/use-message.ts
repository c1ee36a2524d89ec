import { useEffect, useState } from 'react'
import { toShown, toStored, type MaskField } from '../../contracts/masks.ts'
import {
  MESSAGE_VERSION,
  parseMessage,
  writeMessage,
  type Message,
  type MessageFile,
} from '../../contracts/message.ts'
import { useStoredFile } from '../preview/use-stored-file.ts'
import type { WidgetApi } from '../kommo/host.ts'
import { readDraft, writeDraft } from './draft.ts'
import { useLocalImage } from './use-local-image.ts'
import { useUpload } from './use-upload.ts'

/**
 * The message that is being written: what the step was saved with, or the draft of it that a reload left,
 * and what became of that.
 * @param json the step's value
 */
export function useMessage(api: WidgetApi, json: string, fields: readonly MaskField[]) {
  const [saved] = useState(() => {
    const parsed = parseMessage(json)
    return parsed.ok ? parsed.message : null
  })
  const [draft] = useState(() => readDraft(json))
  const [isDraft, setIsDraft] = useState(draft !== null)
  const opened = draft ?? saved
  // As typed, with custom fields by name; null until the person types: then the names may still come.
  const [typed, setTyped] = useState<string | null>(null)
  const [openedText, setOpenedText] = useState(opened?.text ?? '')
  const text = typed ?? toShown(openedText, fields)
  const upload = useUpload(api, opened?.file ?? null)
  const [localImage, showLocalImage] = useLocalImage()

  const file = upload.file.state === 'ready' ? upload.file.file : null
  const stored = useStoredFile(api, file?.id ?? null)
  const message: Message = {
    version: MESSAGE_VERSION,
    text: toStored(text, fields),
    ...(file ? { file } : {}),
  }
  const written = writeMessage(message)
  const isUnderWay = upload.file.state === 'uploading' || upload.file.state === 'scanning'
  const isDirty =
    message.text !== toStored(saved?.text ?? '', fields) ||
    isUnderWay ||
    file?.id !== saved?.file?.id
  useEffect(() => {
    const parsed = parseMessage(written)
    writeDraft(json, isDirty && parsed.ok ? parsed.message : null)
  }, [json, written, isDirty])

  return {
    text,
    type: setTyped,
    message,
    /** The step's value, once it is saved. */
    written,
    isDirty,
    /** Unsaved changes that a reload brought back. */
    isDraft,
    upload: upload.file,
    imageUrl: imageUrlOf(file, localImage, stored.state === 'stored' ? stored.url : null),
    /** The stored file is no longer there. */
    isFileGone: stored.state === 'gone',
    /** The file that a saved step has to keep; null where it does already. */
    fileToKeep: file && file.id !== saved?.file?.id ? file : null,
    choose(chosen: File) {
      showLocalImage(chosen)
      upload.start(chosen)
    },
    retry: upload.retry,
    removeFile() {
      showLocalImage(null)
      upload.remove()
    },
    /** Back to what the step was saved with. */
    restoreSaved() {
      setTyped(null)
      setOpenedText(saved?.text ?? '')
      showLocalImage(null)
      upload.restore(saved?.file ?? null)
      setIsDraft(false)
    },
    forgetDraft: () => writeDraft(json, null),
  }
}

/** What was just chosen needs no way over the server. */
function imageUrlOf(file: MessageFile | null, local: string | null, stored: string | null) {
  return local ?? (file?.kind === 'image' ? stored : null)
}

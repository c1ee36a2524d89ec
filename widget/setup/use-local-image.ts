import { useEffect, useState } from 'react'

/** A local address for an image that was just chosen, given back when it is no longer shown. */
export function useLocalImage(): [string | null, (file: File | null) => void] {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url])
  return [
    url,
    file =>
      setUrl(
        file && /^image\/(?:jpeg|png|gif|webp)$/u.test(file.type)
          ? URL.createObjectURL(file)
          : null,
      ),
  ]
}
